package dev.gantry.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class BlockingCallsTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  @Test
  void givesTheAnswerFromAPlatformThread() throws Exception {
    assertThat(BlockingCalls.run("ask", LONG, () -> Thread.currentThread().isVirtual())).isFalse();
    assertThat(BlockingCalls.run("ask", LONG, () -> BlockingCalls.run("again", LONG, () -> 7)))
        .isEqualTo(7);
  }

  @Test
  void passesTheCallsOwnErrorOn() {
    assertThatThrownBy(
            () -> BlockingCalls.run("x", LONG, () -> throwing(new FileNotFoundException("y"))))
        .isInstanceOf(FileNotFoundException.class);
    assertThatThrownBy(
            () -> BlockingCalls.run("x", LONG, () -> throwing(new IllegalStateException("y"))))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(
            () -> BlockingCalls.run("x", LONG, () -> throwing(new ExecutionException("why", null))))
        .isInstanceOf(IOException.class)
        .hasMessage("x: why")
        .hasCauseInstanceOf(ExecutionException.class);
  }

  private static Object throwing(Exception e) throws Exception {
    throw e;
  }

  @Test
  void givesUpAtTheDeadlineAndClosesWhatComesLate() throws Exception {
    CountDownLatch hang = new CountDownLatch(1);
    AtomicBoolean closed = new AtomicBoolean();
    assertThatThrownBy(() ->
            BlockingCalls.run(
                "mount /x",
                Duration.ofMillis(20),
                () -> {
                  hang.await();
                  return (AutoCloseable) () -> closed.set(true);
                }))
        .isInstanceOfSatisfying(
            BlockingCallTimeoutException.class, e -> assertThat(e.begun()).isTrue())
        .hasMessage("mount /x: no answer from the kernel after 0.02 s");
    assertThat(closed).isFalse();
    hang.countDown();
    Awaitility.await().untilTrue(closed);
  }

  @Test
  void holdsNoMoreThreadsThanItsLimitAndRecovers() throws Exception {
    CountDownLatch hang = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(BlockingCalls.LIMIT);
    List<CompletableFuture<Integer>> held = new ArrayList<>();
    try {
      for (int i = 0; i < BlockingCalls.LIMIT; i++) {
        CompletableFuture<Integer> done = new CompletableFuture<>();
        held.add(done);
        Thread.ofVirtual().start(() -> done.complete(hold(begun, hang)));
      }
      begun.await();
      assertThatThrownBy(() -> BlockingCalls.run("one more", Duration.ofMillis(20), () -> 1))
          .isInstanceOfSatisfying(
              BlockingCallTimeoutException.class, e -> assertThat(e.begun()).isFalse());
    } finally {
      hang.countDown();
    }
    for (CompletableFuture<Integer> done : held) {
      assertThat(done.get()).isEqualTo(1);
    }
    assertThat(BlockingCalls.run("after", LONG, () -> 2)).isEqualTo(2);
  }

  private static int hold(CountDownLatch begun, CountDownLatch hang) {
    try {
      return BlockingCalls.run(
          "hold",
          LONG,
          () -> {
            begun.countDown();
            hang.await();
            return 1;
          });
    } catch (IOException e) {
      return -1;
    }
  }

  @Test
  void endsTheWaitWhenInterrupted() {
    CountDownLatch hang = new CountDownLatch(1);
    try {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() ->
              BlockingCalls.run(
                  "x",
                  LONG,
                  () -> {
                    hang.await();
                    return 1;
                  }))
          .isInstanceOf(InterruptedIOException.class);
      assertThat(Thread.interrupted()).isTrue();
    } finally {
      hang.countDown();
    }
  }

  @Test
  void aCallThatRunsToItsEndOutlastsAnInterrupt() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    Thread.currentThread().interrupt();
    Thread.ofVirtual()
        .start(() -> {
          LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
          go.countDown();
        });
    int answer =
        BlockingCalls.runToEnd(
            "rename",
            LONG,
            () -> {
              go.await();
              return 5;
            });
    assertThat(answer).isEqualTo(5);
    assertThat(Thread.interrupted()).isTrue();
    assertThatThrownBy(
            () -> BlockingCalls.runToEnd("x", LONG, () -> throwing(new FileNotFoundException("y"))))
        .isInstanceOf(FileNotFoundException.class);
    assertThatThrownBy(() ->
            BlockingCalls.runToEnd(
                "hang",
                Duration.ofMillis(20),
                () -> {
                  new CountDownLatch(1).await();
                  return 1;
                }))
        .isInstanceOf(BlockingCallTimeoutException.class);
    assertThat(BlockingCalls.run("x", LONG, () -> BlockingCalls.runToEnd("again", LONG, () -> 7)))
        .isEqualTo(7);
  }
}
