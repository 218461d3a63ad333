package dev.gantry.agent.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.agent.worker.TestClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** How long what fails waits, also when its failures were counted by somebody else. */
final class BackoffTest {
  private final TestClock clock = new TestClock();
  private final Backoff backoff = new Backoff(clock);

  @Test
  void eachFailureDoublesItToAtMostFiveMinutes() {
    for (int seconds : new int[] {10, 20, 40, 80, 160, 300, 300}) {
      backoff.next("a", clock.instant());
      assertThat(backoff.delay("a")).isEqualTo(Duration.ofSeconds(seconds));
      clock.advance(Duration.ofSeconds(seconds));
    }
  }

  @Test
  void anotherAgentsCountIsTakenUp() {
    Instant started = clock.instant();
    clock.advance(Duration.ofSeconds(1));
    Instant ended = clock.instant();
    int[] seconds = {0, 10, 20, 40, 80, 160, 300, 300};
    for (int restarts = 0; restarts < seconds.length; restarts++) {
      String key = "restarts " + restarts;
      backoff.recall(key, restarts, started);
      assertThat(backoff.delay(key)).as(key).isEqualTo(Duration.ofSeconds(seconds[restarts]));
      assertThat(backoff.until(key, ended).isPresent()).as(key).isEqualTo(restarts > 0);
    }
    backoff.recall("restarts 1", 7, started);
    assertThat(backoff.delay("restarts 1")).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void whatRanForLongOwesNothing() {
    Instant started = clock.instant();
    clock.advance(Duration.ofMinutes(11));
    backoff.recall("a", 5, started);
    Instant ended = clock.instant();
    assertThat(backoff.until("a", ended)).isEmpty();
    backoff.next("a", ended);
    assertThat(backoff.delay("a")).isEqualTo(Backoff.FIRST);
  }
}
