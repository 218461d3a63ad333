package dev.gantry.daemon.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Work that is tried until it worked. */
class RetriesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Test
  void isTriedUntilItWorked() {
    var tries = new AtomicInteger();
    var worked = new AtomicInteger();
    try (var retries = new Retries()) {
      retries.add(
          "work",
          () -> {
            if (tries.incrementAndGet() < 2) {
              throw new IOException("not yet");
            }
            worked.incrementAndGet();
          });
      await().atMost(PATIENCE).until(() -> worked.get() == 1);
    }
    assertThat(tries.get()).isEqualTo(2);
  }

  @Test
  void oneNameIsOnePieceOfWork() {
    var first = new AtomicInteger();
    var second = new AtomicInteger();
    try (var retries = new Retries()) {
      retries.add("work", first::incrementAndGet);
      retries.add("work", second::incrementAndGet);
      await().atMost(PATIENCE).until(() -> first.get() == 1);
      // The name is free again.
      await()
          .atMost(PATIENCE)
          .until(() -> {
            retries.add("work", second::incrementAndGet);
            return second.get() > 0;
          });
    }
    assertThat(first.get()).isEqualTo(1);
  }
}
