package dev.gantry.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.agent.api.Probe;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When a container is asked, and how many answers make a verdict. */
final class ProbeMachineTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private static Probe probe(int delay, int successes, int failures) {
    return new Probe(null, null, null, null, delay, 1, 1, successes, failures, null);
  }

  private static ProbeMachine machine(ProbeKind kind, Probe probe) {
    ProbeMachine machine = new ProbeMachine(kind, probe);
    machine.begin("one");
    return machine;
  }

  @Test
  void nobodyIsAskedBeforeTheDelayIsOver() {
    ProbeMachine machine = machine(ProbeKind.READINESS, probe(5, 1, 1));
    assertThat(machine.due(START, START.plusSeconds(4), true)).isFalse();
    assertThat(machine.due(START, START.plusSeconds(5), true)).isTrue();
  }

  @Test
  void onlyTheStartupProbeAsksWhatHasNotStarted() {
    for (ProbeKind kind : ProbeKind.values()) {
      ProbeMachine machine = machine(kind, probe(0, 1, 3));
      boolean startup = kind == ProbeKind.STARTUP;
      assertThat(machine.due(START, START, false)).as("%s", kind).isEqualTo(startup);
      assertThat(machine.due(START, START, true)).as("%s", kind).isEqualTo(!startup);
    }
  }

  @Test
  void whatIsAboutToEndIsNotAskedUntilItsSuccessorRuns() {
    ProbeMachine machine = machine(ProbeKind.LIVENESS, probe(0, 1, 2));
    assertThat(machine.answer(false)).isEmpty();
    assertThat(machine.due(START, START, true)).isTrue();
    assertThat(machine.answer(false)).contains(Verdict.FAILURE);
    assertThat(machine.due(START, START, true)).isFalse();
    machine.begin("two");
    assertThat(machine.containerId()).isEqualTo("two");
    assertThat(machine.due(START, START, true)).isTrue();
    assertThat(machine.answer(false)).as("failures of its predecessor").isEmpty();
  }

  @Test
  void readinessGoesOnWhateverItsVerdict() {
    ProbeMachine machine = machine(ProbeKind.READINESS, probe(0, 2, 1));
    assertThat(machine.answer(false)).contains(Verdict.FAILURE);
    assertThat(machine.due(START, START, true)).isTrue();
    assertThat(machine.answer(true)).isEmpty();
    assertThat(machine.answer(true)).contains(Verdict.SUCCESS);
    assertThat(machine.due(START, START, true)).isTrue();
  }

  /** A verdict stands exactly where that many answers of a kind were the last ones. */
  @ParameterizedTest
  @EnumSource(ProbeKind.class)
  void aVerdictTakesThatManyInARow(ProbeKind kind) {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      // The API allows more than one success for readiness alone.
      int successes = kind == ProbeKind.READINESS ? 1 + random.nextInt(3) : 1;
      int failures = 1 + random.nextInt(4);
      ProbeMachine machine = machine(kind, probe(0, successes, failures));
      Deque<Boolean> answers = new ArrayDeque<>();
      for (int i = 0; i < 60; i++) {
        boolean answer = random.nextInt(3) > 0;
        answers.addLast(answer);
        int enough = answer ? successes : failures;
        boolean expected = lastAre(answers, answer, enough);
        Optional<Verdict> verdict = machine.answer(answer);
        assertThat(verdict.isPresent()).as("seed %d answer %d", seed, i).isEqualTo(expected);
        if (!machine.due(START, START, kind != ProbeKind.STARTUP)) {
          machine.begin("next");
          answers.clear();
        }
      }
    }
  }

  private static boolean lastAre(Deque<Boolean> answers, boolean which, int count) {
    return answers.size() >= count
        && answers.stream().skip(answers.size() - count).allMatch(a -> a == which);
  }
}
