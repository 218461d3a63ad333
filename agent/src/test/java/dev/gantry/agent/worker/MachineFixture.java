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
import dev.gantry.agent.pleg.PodEvent;
import dev.gantry.agent.podspec.PodConfigs;
import dev.gantry.agent.probe.ProbeResults;
import dev.gantry.agent.runtime.PodSnapshot;
import dev.gantry.agent.runtime.RuntimeLabels;
import dev.gantry.agent.source.EventLog;
import dev.gantry.agent.status.EventRecorder;
import dev.gantry.agent.status.PodStatuses;
import dev.gantry.agent.status.Readiness;
import dev.gantry.agent.status.Reason;
import dev.gantry.agent.status.StatusInput;
import dev.gantry.agent.status.TerminationMessages;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxMetadata;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** What the tests of a pod's life share: an agent around a runtime in memory. */
public abstract class MachineFixture {
  static final String TWO =
      """
      initContainers:
      - {name: init, image: i}
      - {name: side, image: i, restartPolicy: Always}
      - {name: second, image: i}
      containers:
      - {name: a, image: i}
      - {name: b, image: i}
      """;

  @TempDir protected Path directory;
  int agents;
  protected final TestClock clock = new TestClock();
  Pod pod = TestPods.of(TWO);
  protected volatile PodStatus status = PodStatus.none();
  volatile boolean gone;
  int refreshes;
  final BoundedChannel<PodEvent> channel = new BoundedChannel<>(10_000);
  protected @Nullable Pleg pleg;

  /** The agent of a test: everything but the runtime is lost when it restarts. */
  PodMachine agent(FakeRuntime runtime) {
    return new PodMachine("uid", parts(runtime), new Backoff(clock));
  }

  /** What an agent works with, made anew. */
  WorkerParts parts(FakeRuntime runtime) {
    return parts(runtime, new Reports());
  }

  /** The same with other reports. */
  protected WorkerParts parts(FakeRuntime runtime, PodReports reports) {
    EventRecorder events = events();
    ImageManager images = new ImageManager(runtime, events, (p, image) -> List.of(), clock);
    PodCache cache = new PodCache(runtime);
    pleg = new Pleg(runtime, cache, channel, clock, Duration.ofMinutes(3));
    return new WorkerParts(
        runtime, cache, new Parts(), images, new ProbeResults(), events, reports, List.of(), clock);
  }

  protected EventRecorder events() {
    try {
      return new EventRecorder(clock, "node", new EventLog(directory.resolve("e" + agents++)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A runtime that knows in which order the containers of {@link #TWO} may start. */
  FakeRuntime runtime(Random random) {
    FakeRuntime runtime = new FakeRuntime(clock, random);
    runtime.rules.init("init", "second");
    runtime.rules.beginAnew("side");
    runtime.rules.require("side", List.of("init"));
    runtime.rules.require("second", List.of("init", "side"));
    runtime.rules.require("a", List.of("init", "side", "second"));
    runtime.rules.require("b", List.of("init", "side", "second"));
    return runtime;
  }

  void step(PodMachine machine, Wish wish) throws InterruptedException {
    Objects.requireNonNull(pleg).relist();
    Instant next = machine.step(wish);
    assertThat(next).isNotNull();
  }

  private final class Parts implements PodParts {
    @Override
    public void prepare(Pod pod) {}

    @Override
    public void refresh(Pod pod) {
      refreshes++;
    }

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

  /** Keeps the status only. */
  protected class Reports implements PodReports {
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

    @Override
    public void left() {}
  }
}
