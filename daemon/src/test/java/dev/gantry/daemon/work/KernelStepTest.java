package dev.gantry.daemon.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.gantry.linux.BlockingCallTimeoutException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class KernelStepTest {
  /** What is made after everybody has given up must be there to be removed. */
  @Test
  void aStepBeyondItsDeadlineHoldsUpTheRemovalOfWhatItMakes() throws Exception {
    var released = new CountDownLatch(1);
    assertThatThrownBy(() ->
            KernelStep.make(
                "pod-1",
                "mount something",
                Duration.ofMillis(20),
                () -> {
                  released.await();
                  return true;
                }))
        .isInstanceOf(BlockingCallTimeoutException.class);

    assertThatThrownBy(() -> KernelStep.requireNoneLate("pod-1"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("mount something: is still in the kernel");
    assertThatCode(() -> KernelStep.requireNoneLate("pod-2")).doesNotThrowAnyException();
    released.countDown();
    await()
        .untilAsserted(() ->
            assertThatCode(() -> KernelStep.requireNoneLate("pod-1")).doesNotThrowAnyException());
    assertThat(KernelStep.<Boolean>make("pod-1", "again", () -> true)).isTrue();
  }
}
