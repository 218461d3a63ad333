package dev.gantry.daemon.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GuestFiguresTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  private final AtomicLong now = new AtomicLong();
  private final List<String> asked = new CopyOnWriteArrayList<>();

  @Test
  void oneThatDoesNotAnswerIsNotAskedAgainForAWhile() {
    var figures =
        new GuestFigures(
            pod -> {
              asked.add(pod);
              if (pod.equals("hung")) {
                throw new IOException("no answer");
              }
            },
            now::get,
            LONG);
    for (int i = 0; i < 3; i++) {
      figures.ask(Set.of("hung", "well"));
    }
    assertThat(asked).containsExactlyInAnyOrder("hung", "well", "well", "well");
    now.addAndGet(GuestFigures.PAUSE.toNanos());
    figures.ask(Set.of("hung"));
    figures.ask(Set.of("hung"));
    assertThat(asked).filteredOn(pod -> pod.equals("hung")).hasSize(2);
  }

  /** Nothing ends the wait for them but the patience of who asks. */
  @Test
  void howeverManyHangNobodyWaitsForEach() {
    var hang = new CountDownLatch(1);
    var figures =
        new GuestFigures(
            pod -> {
              asked.add(pod);
              try {
                hang.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            now::get,
            Duration.ZERO);
    Set<String> pods =
        IntStream.range(0, 100).mapToObj(i -> "pod-" + i).collect(Collectors.toSet());
    for (int i = 0; i < 3; i++) {
      figures.ask(pods);
    }
    await().until(() -> asked.size() == GuestFigures.AT_ONCE);
    hang.countDown();
    await().until(() -> asked.size() == pods.size());
    assertThat(asked).doesNotHaveDuplicates();
  }
}
