package dev.gantry.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.agent.api.Event;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.source.EventLog;
import dev.gantry.agent.worker.TestClock;
import dev.gantry.agent.worker.TestPods;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events that are counted, bounded, and there after a restart. */
final class EventRecorderTest {
  @TempDir Path directory;
  private final TestClock clock = new TestClock();
  private final Pod pod = TestPods.of("containers:\n- {name: a, image: i}\n");

  private EventRecorder recorder() throws IOException {
    return new EventRecorder(clock, "node", new EventLog(file()));
  }

  private static List<String> texts(EventRecorder events) {
    return events.all().stream()
        .map(e -> e.metadata().name() + " " + e.count() + " " + e.reason() + " " + e.message())
        .toList();
  }

  private Path file() {
    return directory.resolve("events");
  }

  @Test
  void whatRepeatsIsCountedAcrossRestarts() throws IOException {
    EventRecorder first = recorder();
    first.warning(pod, "spec.containers{a}", "BackOff", "again");
    first.normal(pod, "Killing", "it\nends \"now\"");
    first.warning(pod, "spec.containers{a}", "BackOff", "again");
    String name = first.all().getLast().metadata().name();
    EventRecorder second = recorder();
    assertThat(texts(second)).isEqualTo(texts(first)).hasSize(2);
    second.warning(pod, "spec.containers{a}", "BackOff", "again");
    assertThat(second.all()).hasSize(2);
    assertThat(second.all().getLast().count()).isEqualTo(3);
    assertThat(second.all().getLast().metadata().name()).isEqualTo(name);
    second.normal(pod, "Other", "new");
    assertThat(second.all()).extracting(e -> e.metadata().name()).doesNotHaveDuplicates();
  }

  @Test
  void aLineThatACrashCutOffCostsOnlyItself() throws IOException {
    recorder().normal(pod, "One", "one");
    Files.writeString(file(), "\n{\"metadata\":{\"na", StandardOpenOption.APPEND);
    recorder().normal(pod, "Two", "two");
    assertThat(recorder().all()).extracting(Event::reason).containsExactly("One", "Two");
  }

  @Test
  void whatIsOldIsForgotten() throws IOException {
    recorder().normal(pod, "Old", "old");
    clock.advance(Duration.ofMinutes(61));
    assertThat(recorder().all()).isEmpty();
  }

  @Test
  void neitherMemoryNorFileGrowWithoutBound() throws IOException {
    EventRecorder events = recorder();
    for (int i = 0; i < 20_000; i++) {
      events.normal(pod, "Reason", "number " + i % 2500);
    }
    assertThat(events.all()).hasSize(EventRecorder.CAPACITY);
    try (var lines = Files.lines(file())) {
      assertThat(lines.count()).isLessThan(9_000);
    }
    assertThat(texts(recorder())).isEqualTo(texts(events));
  }
}
