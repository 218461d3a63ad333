package dev.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class OnceCacheTest {
  private static final int THREADS = 6;

  private final OnceCache<String, String> cache = new OnceCache<>(3);
  private final AtomicInteger made = new AtomicInteger();

  private String get(String key) {
    return cache.get(key, () -> key + made.incrementAndGet());
  }

  @Test
  void aValueIsMadeOnce() {
    assertThat(get("a")).isEqualTo("a1");
    assertThat(get("b")).isEqualTo("b2");
    assertThat(get("a")).isEqualTo("a1");
  }

  /** All threads have come, and wait, before the first value is made. */
  @Test
  void aValueIsMadeOnceForAllWhoAskAtTheSameTime() throws Exception {
    var go = new CountDownLatch(1);
    var asked = new ArrayList<FutureTask<String>>();
    var threads = new ArrayList<Thread>();
    for (int i = 0; i < THREADS; i++) {
      var task =
          new FutureTask<>(() ->
              cache.get(
                  "a",
                  () -> {
                    int number = made.incrementAndGet();
                    go.await();
                    return "a" + number;
                  }));
      asked.add(task);
      threads.add(Thread.ofPlatform().daemon().start(task));
    }
    await()
        .until(
            () -> threads.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING));

    // Who wants another one does not wait.
    var other = new FutureTask<>(() -> cache.get("b", () -> "b"));
    Thread.ofPlatform().daemon().start(other);
    assertThat(other.get(30, TimeUnit.SECONDS)).isEqualTo("b");
    go.countDown();
    for (FutureTask<String> task : asked) {
      assertThat(task.get(30, TimeUnit.SECONDS)).isEqualTo("a1");
    }
    assertThat(made).hasValue(1);
  }

  @Test
  void aFailureIsToldAndNotRemembered() {
    assertThatThrownBy(() ->
            cache.get(
                "a",
                () -> {
                  throw new IOException("not now");
                }))
        .isInstanceOf(IOException.class)
        .hasMessage("not now");
    assertThat(get("a")).isEqualTo("a1");
  }

  @Test
  void theOneUsedLongestAgoIsForgotten() {
    List.of("a", "b", "c", "a", "d").forEach(this::get);
    assertThat(get("a")).isEqualTo("a1");
    assertThat(get("c")).isEqualTo("c3");
    assertThat(get("d")).isEqualTo("d4");
    assertThat(get("b")).isEqualTo("b5");
  }
}
