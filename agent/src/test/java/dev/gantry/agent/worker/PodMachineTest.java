package dev.gantry.agent.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.agent.api.PodPhase;
import dev.gantry.agent.api.PodStatus;
import dev.gantry.agent.worker.PodMachine.State;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The life of a pod under random events, faults of the runtime and restarts of the agent. */
final class PodMachineTest extends MachineFixture {
  private static final int RUNS = 150;
  private static final int STEPS = 80;

  @Test
  void thePodIsAsDeclaredAfterWhateverHappened() throws InterruptedException {
    for (int seed = 0; seed < RUNS; seed++) {
      Random random = new Random(seed);
      FakeRuntime runtime = runtime(random);
      status = PodStatus.none();
      PodMachine machine = agent(runtime);
      for (int i = 0; i < STEPS; i++) {
        runtime.faults = random.nextInt(30);
        machine = happen(random, runtime, machine);
      }
      runtime.faults = 0;
      runtime.sluggish = 0;
      settle(runtime, machine);
      assertThat(runtime.running()).as("seed %d", seed).containsExactly("a", "b", "side");
      assertThat(runtime.violations).as("seed %d", seed).isEmpty();
      assertThat(status.phase()).as("seed %d", seed).isEqualTo(PodPhase.Running);
    }
  }

  private PodMachine happen(Random random, FakeRuntime runtime, PodMachine machine)
      throws InterruptedException {
    switch (random.nextInt(10)) {
      case 0 -> runtime.exit("a", random.nextInt(2));
      case 1 -> runtime.exit("b", random.nextInt(2));
      case 2 -> runtime.exit(random.nextBoolean() ? "init" : "second", random.nextInt(2));
      case 6 -> runtime.exit("side", random.nextInt(2));
      case 3 -> clock.advance(Duration.ofSeconds(random.nextInt(400)));
      case 4 -> {
        switch (random.nextInt(8)) {
          case 0, 1 -> runtime.reboot();
          case 2 -> runtime.loseSandbox();
          default -> runtime.sluggish = random.nextInt(30);
        }
      }
      case 5 -> {
        return agent(runtime);
      }
      default -> step(machine, Wish.run(pod));
    }
    return machine;
  }

  private void settle(FakeRuntime runtime, PodMachine machine) throws InterruptedException {
    for (int i = 0; i < 40; i++) {
      step(machine, Wish.run(pod));
      runtime.exit("init", 0);
      runtime.exit("second", 0);
      clock.advance(Duration.ofMinutes(6));
    }
  }

  @Test
  void aPodThatIsToEndLeavesNothing() throws InterruptedException {
    for (int seed = 0; seed < RUNS; seed++) {
      Random random = new Random(seed);
      FakeRuntime runtime = runtime(random);
      status = PodStatus.none();
      gone = false;
      PodMachine machine = agent(runtime);
      for (int i = 0; i < random.nextInt(STEPS); i++) {
        runtime.faults = random.nextInt(30);
        machine = happen(random, runtime, machine);
      }
      Wish end = Wish.end(pod, Duration.ZERO);
      runtime.sluggish = 50;
      if (seed % 3 == 0) {
        runtime.loseSandbox();
      }
      for (int i = 0; i < 20 && machine.state() != State.GONE; i++) {
        runtime.faults = i < 10 ? 30 : 0;
        if (random.nextInt(5) == 0) {
          machine = agent(runtime);
        }
        step(machine, end);
      }
      runtime.faults = 0;
      runtime.sluggish = 0;
      for (int i = 0; i < 10 && machine.state() != State.GONE; i++) {
        step(machine, end);
      }
      assertThat(runtime.empty()).as("seed %d", seed).isTrue();
      assertThat(gone).as("seed %d", seed).isTrue();
      assertThat(runtime.violations).as("seed %d", seed).isEmpty();
    }
  }

  @Test
  void whatIsDoneIsNotDoneAgain() throws InterruptedException {
    pod = TestPods.of("restartPolicy: Never\ncontainers:\n- {name: a, image: i}\n");
    FakeRuntime runtime = new FakeRuntime(clock, new Random(1));
    PodMachine machine = agent(runtime);
    step(machine, Wish.run(pod));
    runtime.exit("a", 3);
    for (int i = 0; i < 20; i++) {
      clock.advance(Duration.ofMinutes(2));
      machine = i % 3 == 0 ? agent(runtime) : machine;
      step(machine, Wish.run(pod));
    }
    assertThat(runtime.started).containsExactly("a");
    assertThat(status.phase()).isEqualTo(PodPhase.Failed);
  }

  @Test
  void aCrashingContainerWaitsLongerEachTime() throws InterruptedException {
    pod = TestPods.of("containers:\n- {name: a, image: i}\n");
    FakeRuntime runtime = new FakeRuntime(clock, new Random(1));
    PodMachine machine = agent(runtime);
    step(machine, Wish.run(pod));
    runtime.exit("a", 1);
    step(machine, Wish.run(pod));
    assertThat(runtime.started).hasSize(2);
    runtime.exit("a", 1);
    clock.advance(Duration.ofSeconds(9));
    step(machine, Wish.run(pod));
    assertThat(runtime.started).hasSize(2);
    var waiting = Objects.requireNonNull(status.containerStatuses().getFirst().state().waiting());
    assertThat(waiting.reason()).isEqualTo("CrashLoopBackOff");
    assertThat(waiting.message()).startsWith("back-off 10s restarting failed container=a pod=pod_");
    clock.advance(Duration.ofSeconds(2));
    step(machine, Wish.run(pod));
    assertThat(runtime.started).hasSize(3);
    runtime.exit("a", 1);
    clock.advance(Duration.ofSeconds(19));
    step(machine, Wish.run(pod));
    assertThat(runtime.started).hasSize(3);
    clock.advance(Duration.ofSeconds(2));
    step(machine, Wish.run(pod));
    assertThat(runtime.started).hasSize(4);
    // It has run for long enough: the next crash costs it nothing.
    clock.advance(Duration.ofMinutes(11));
    runtime.exit("a", 1);
    step(machine, Wish.run(pod));
    assertThat(runtime.started).hasSize(5);
  }

  @Test
  void anAgentThatRestartsKeepsTheBackOff() throws InterruptedException {
    pod = TestPods.of("containers:\n- {name: a, image: i}\n");
    FakeRuntime runtime = new FakeRuntime(clock, new Random(1));
    PodMachine machine = agent(runtime);
    for (int i = 0; i < 4; i++) {
      step(machine, Wish.run(pod));
      runtime.exit("a", 1);
      clock.advance(Duration.ofSeconds(50));
    }
    assertThat(runtime.started).hasSize(4);
    // It has been started again three times: the next start is forty seconds after its end.
    step(machine, Wish.run(pod));
    assertThat(runtime.started).hasSize(5);
    runtime.exit("a", 1);
    machine = agent(runtime);
    step(machine, Wish.run(pod));
    var waiting = Objects.requireNonNull(status.containerStatuses().getFirst().state().waiting());
    assertThat(waiting.message()).startsWith("back-off 1m20s ");
    assertThat(runtime.started).hasSize(5);
    clock.advance(Duration.ofSeconds(81));
    step(machine, Wish.run(pod));
    assertThat(runtime.started).hasSize(6);
  }

  @Test
  void whatAPodShowsIsBroughtUpToDateWhenItIsToldOf() throws InterruptedException {
    pod = TestPods.of("containers:\n- {name: a, image: i}\n");
    PodMachine machine = agent(new FakeRuntime(clock, new Random(1)));
    step(machine, Wish.run(pod));
    step(machine, Wish.run(pod));
    assertThat(refreshes).isZero();
    machine.outOfDate();
    step(machine, Wish.run(pod));
    step(machine, Wish.run(pod));
    assertThat(refreshes).isEqualTo(1);
    clock.advance(Duration.ofSeconds(61));
    step(machine, Wish.run(pod));
    assertThat(refreshes).isEqualTo(2);
  }

  @Test
  void aPodOutlivesNoDeadline() throws InterruptedException {
    pod = TestPods.of("activeDeadlineSeconds: 60\ncontainers:\n- {name: a, image: i}\n");
    FakeRuntime runtime = new FakeRuntime(clock, new Random(1));
    PodMachine machine = agent(runtime);
    step(machine, Wish.run(pod));
    assertThat(runtime.running()).containsExactly("a");
    clock.advance(Duration.ofSeconds(61));
    for (int i = 0; i < 4; i++) {
      step(machine, Wish.run(pod));
    }
    assertThat(runtime.running()).isEmpty();
    assertThat(status.phase()).isEqualTo(PodPhase.Failed);
    assertThat(status.reason()).isEqualTo("DeadlineExceeded");
  }
}
