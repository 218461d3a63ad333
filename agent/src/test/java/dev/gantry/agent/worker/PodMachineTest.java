package dev.gantry.agent.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodPhase;
import dev.gantry.agent.api.PodStatus;
import dev.gantry.agent.image.Backoff;
import dev.gantry.agent.image.ImageManager;
import dev.gantry.agent.pleg.BoundedChannel;
import dev.gantry.agent.pleg.Pleg;
import dev.gantry.agent.pleg.PodCache;
import dev.gantry.agent.podspec.PodConfigs;
import dev.gantry.agent.probe.ProbeResults;
import dev.gantry.agent.runtime.PodSnapshot;
import dev.gantry.agent.runtime.RuntimeLabels;
import dev.gantry.agent.status.EventRecorder;
import dev.gantry.agent.status.PodStatuses;
import dev.gantry.agent.status.Readiness;
import dev.gantry.agent.status.Reason;
import dev.gantry.agent.status.StatusInput;
import dev.gantry.agent.status.TerminationMessages;
import dev.gantry.agent.worker.PodMachine.State;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxMetadata;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The life of a pod under random events, faults of the runtime and restarts of the agent. */
final class PodMachineTest {
  private static final int RUNS = 150;
  private static final int STEPS = 80;

  private static final String TWO =
      """
      initContainers:
      - {name: init, image: i}
      containers:
      - {name: a, image: i}
      - {name: b, image: i}
      """;

  private final TestClock clock = new TestClock();
  private Pod pod = TestPods.of(TWO);
  private PodStatus status = PodStatus.none();
  private boolean gone;
  private @Nullable Pleg pleg;

  /** The agent of a test: everything but the runtime is lost when it restarts. */
  private PodMachine agent(FakeRuntime runtime) {
    EventRecorder events = new EventRecorder(clock, "node");
    ImageManager images = new ImageManager(runtime, events, (p, image) -> List.of(), clock);
    PodCache cache = new PodCache(runtime);
    pleg = new Pleg(runtime, cache, new BoundedChannel<>(10_000), clock, Duration.ofMinutes(3));
    WorkerParts parts =
        new WorkerParts(
            runtime, cache, new Parts(), images, new ProbeResults(), events, new Reports(), clock);
    return new PodMachine("uid", parts, new Backoff(clock));
  }

  private void step(PodMachine machine, Wish wish) throws InterruptedException {
    Objects.requireNonNull(pleg).relist();
    Instant next = machine.step(wish);
    assertThat(next).isNotNull();
  }

  @Test
  void thePodIsAsDeclaredAfterWhateverHappened() throws InterruptedException {
    for (int seed = 0; seed < RUNS; seed++) {
      Random random = new Random(seed);
      FakeRuntime runtime = new FakeRuntime(clock, random);
      status = PodStatus.none();
      PodMachine machine = agent(runtime);
      for (int i = 0; i < STEPS; i++) {
        runtime.faults = random.nextInt(30);
        machine = happen(random, runtime, machine);
      }
      runtime.faults = 0;
      settle(runtime, machine);
      assertThat(runtime.running()).as("seed %d", seed).containsExactly("a", "b");
      assertThat(runtime.violations).as("seed %d", seed).isEmpty();
      assertThat(status.phase()).as("seed %d", seed).isEqualTo(PodPhase.Running);
    }
  }

  private PodMachine happen(Random random, FakeRuntime runtime, PodMachine machine)
      throws InterruptedException {
    switch (random.nextInt(10)) {
      case 0 -> runtime.exit("a", random.nextInt(2));
      case 1 -> runtime.exit("b", random.nextInt(2));
      case 2 -> runtime.exit("init", random.nextInt(2));
      case 3 -> clock.advance(Duration.ofSeconds(random.nextInt(400)));
      case 4 -> {
        if (random.nextInt(4) == 0) {
          runtime.reboot();
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
      clock.advance(Duration.ofMinutes(6));
    }
  }

  @Test
  void aPodThatIsToEndLeavesNothing() throws InterruptedException {
    for (int seed = 0; seed < RUNS; seed++) {
      Random random = new Random(seed);
      FakeRuntime runtime = new FakeRuntime(clock, random);
      status = PodStatus.none();
      gone = false;
      PodMachine machine = agent(runtime);
      for (int i = 0; i < random.nextInt(STEPS); i++) {
        runtime.faults = random.nextInt(30);
        machine = happen(random, runtime, machine);
      }
      Wish end = Wish.end(pod, Duration.ZERO);
      for (int i = 0; i < 20 && machine.state() != State.GONE; i++) {
        runtime.faults = i < 10 ? 30 : 0;
        if (random.nextInt(5) == 0) {
          machine = agent(runtime);
        }
        step(machine, end);
      }
      runtime.faults = 0;
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

  private static final class Parts implements PodParts {
    @Override
    public void prepare(Pod pod) {}

    @Override
    public void refresh(Pod pod) {}

    @Override
    public String handler(Pod pod) {
      return "";
    }

    @Override
    public PodSandboxConfig sandbox(Pod pod, int attempt) {
      return PodSandboxConfig.newBuilder()
          .setMetadata(PodSandboxMetadata.newBuilder().setAttempt(attempt))
          .build();
    }

    @Override
    public ContainerConfig container(Pod pod, Container container, Place place) {
      return ContainerConfig.newBuilder()
          .setMetadata(
              ContainerMetadata.newBuilder().setName(container.name()).setAttempt(place.attempt()))
          .putAnnotations(RuntimeLabels.SPEC_HASH, PodConfigs.hash(container))
          .build();
    }

    @Override
    public void tearDown(String uid) {}
  }

  private final class Reports implements PodReports {
    private final PodStatuses statuses =
        new PodStatuses(
            new Readiness() {
              @Override
              public boolean started(Pod of, Container container, String containerId) {
                return true;
              }

              @Override
              public Optional<Boolean> ready(Pod of, Container container, String containerId) {
                return Optional.of(true);
              }
            },
            new TerminationMessages(),
            "fake");

    @Override
    public PodStatus report(
        Pod of, PodSnapshot snapshot, Map<String, Reason> reasons, boolean over) {
      status =
          statuses.of(
              new StatusInput(
                  of.withStatus(status), snapshot, reasons, over, List.of(), clock.instant()));
      return status;
    }

    @Override
    public void fail(Pod of, String reason, String message) {
      status = status.withPhase(PodPhase.Failed).withReason(reason).withMessage(message);
    }

    @Override
    public void running(Pod of) {}

    @Override
    public void ending(Pod of) {}

    @Override
    public void gone(Pod of) {
      gone = true;
    }
  }
}
