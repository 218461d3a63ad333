package dev.gantry.agent.worker;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.image.Backoff;
import dev.gantry.agent.image.ImageManager;
import dev.gantry.agent.pleg.PodCache;
import dev.gantry.agent.podspec.PodConfigs;
import dev.gantry.agent.probe.ProbeResults;
import dev.gantry.agent.runtime.ContainerPhase;
import dev.gantry.agent.runtime.PodRuntime;
import dev.gantry.agent.runtime.PodSnapshot;
import dev.gantry.agent.runtime.RuntimeCallException;
import dev.gantry.agent.runtime.RuntimeContainer;
import dev.gantry.agent.status.EventRecorder;
import dev.gantry.agent.status.Reason;
import dev.gantry.agent.status.StartException;
import dev.gantry.cri.v1.PodSandboxConfig;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Does once what {@link PodActions} say; the kubelet's SyncPod (kuberuntime_manager.go). */
final class PodSync {
  /**
   * When to look again at what is about to change: for so long {@code ErrImagePull} stands before
   * it becomes {@code ImagePullBackOff}.
   */
  private static final Duration SOON = Duration.ofSeconds(2);

  private final PodRuntime runtime;
  private final PodCache cache;
  private final PodParts parts;
  private final ProbeResults probes;
  private final EventRecorder events;
  private final Backoff backoff;
  private final PodKill kill;
  private final ContainerStart starter;
  private final InstantSource clock;
  private final ImageManager images;

  PodSync(WorkerParts all, PodKill kill, ContainerStart starter, Backoff backoff) {
    this.runtime = all.runtime();
    this.cache = all.cache();
    this.parts = all.parts();
    this.probes = all.probes();
    this.events = all.events();
    this.images = all.images();
    this.clock = all.clock();
    this.backoff = backoff;
    this.kill = kill;
    this.starter = starter;
  }

  /** A step that failed, of which an event tells already: it is tried again. */
  static final class ToldException extends IOException {
    private static final long serialVersionUID = 1;

    ToldException(Exception cause) {
      super(cause);
    }
  }

  /**
   * What came of it.
   *
   * @param reasons why containers wait, by name
   * @param over whether the pod has nothing more to run
   * @param retryAt when to try again what failed or waits
   */
  record Outcome(
      boolean acted, Map<String, Reason> reasons, boolean over, Optional<Instant> retryAt) {}

  /** Brings a pod one step nearer to what it should be. */
  Outcome run(Pod pod, PodSnapshot snapshot) throws InterruptedException, IOException {
    PodActions actions = PodActions.compute(pod, snapshot, probes);
    return new Step(pod, actions).run(snapshot);
  }

  /** One run. */
  private final class Step {
    private final Pod pod;
    private final PodActions actions;
    private final Map<String, Reason> reasons = new HashMap<>();
    private Optional<Instant> retryAt = Optional.empty();

    Step(Pod pod, PodActions actions) {
      this.pod = pod;
      this.actions = actions;
    }

    Outcome run(PodSnapshot before) throws InterruptedException, IOException {
      if (actions.none()) {
        return new Outcome(false, reasons, false, retryAt);
      }
      PodSnapshot snapshot = before;
      if (actions.killPod()) {
        Optional<Outcome> enough = endAll(snapshot);
        if (enough.isPresent()) {
          return enough.get();
        }
      }
      if (actions.reset()) {
        reset(snapshot);
        return new Outcome(true, reasons, false, Optional.of(clock.instant()));
      }
      for (Kill one : actions.kill()) {
        kill.container(pod, one, snapshot.ips());
      }
      prune(snapshot);
      parts.prepare(pod);
      PodSandboxConfig config = configure();
      String sandbox = actions.createSandbox() ? makeSandbox(config) : actions.sandboxId();
      if (actions.createSandbox()) {
        snapshot = cache.refresh(pod.metadata().uid());
      }
      start(sandbox, config, snapshot);
      return new Outcome(true, reasons, false, retryAt);
    }

    /** Ends what runs; an outcome when that is all that can be done now. */
    private Optional<Outcome> endAll(PodSnapshot snapshot) throws InterruptedException {
      if (actions.createSandbox() && !snapshot.sandboxes().isEmpty()) {
        events.normal(
            pod, "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
      }
      kill.pod(pod, snapshot, grace());
      if (!actions.createSandbox()) {
        return Optional.of(new Outcome(true, reasons, true, Optional.empty()));
      }
      if (!snapshot.live().isEmpty() && !cache.refresh(pod.metadata().uid()).live().isEmpty()) {
        // Whatever a runtime says of its stops, nothing runs twice.
        Instant soon = clock.instant().plus(SOON);
        return Optional.of(new Outcome(true, reasons, false, Optional.of(soon)));
      }
      return Optional.empty();
    }

    private Duration grace() {
      return Duration.ofSeconds(pod.spec().terminationGracePeriodSeconds());
    }

    private PodSandboxConfig configure() throws ToldException {
      try {
        return parts.sandbox(pod, actions.attempt());
      } catch (IOException e) {
        throw noSandbox(String.valueOf(e.getMessage()), e);
      }
    }

    private String makeSandbox(PodSandboxConfig config) throws ToldException {
      try {
        return runtime.runSandbox(config, parts.handler(pod));
      } catch (RuntimeCallException e) {
        if (e.cancelled()) {
          throw e;
        }
        throw noSandbox(e.detail(), e);
      }
    }

    private ToldException noSandbox(String why, Exception cause) {
      events.warning(pod, "FailedCreatePodSandBox", "Failed to create pod sandbox: " + why);
      return new ToldException(cause);
    }

    private void start(String sandbox, PodSandboxConfig config, PodSnapshot snapshot)
        throws InterruptedException {
      for (Container container : actions.ephemeral()) {
        one(container, sandbox, config, snapshot);
      }
      for (Container container : actions.init()) {
        boolean started = one(container, sandbox, config, snapshot);
        if (!started && !container.isRestartableInit()) {
          return;
        }
      }
      for (Container container : actions.containers()) {
        one(container, sandbox, config, snapshot);
      }
    }

    private boolean one(
        Container container, String sandbox, PodSandboxConfig config, PodSnapshot snapshot)
        throws InterruptedException {
      String key = pod.metadata().uid() + "_" + container.name() + "_" + container.image();
      if (backedOff(container, key, snapshot)) {
        return false;
      }
      try {
        starter.start(pod, container, sandbox, config, snapshot);
        return true;
      } catch (StartException e) {
        reasons.put(container.name(), e.reason());
        retry(again(container, e.reason()));
        return false;
      }
    }

    /** When to look again at a container that could not be started. */
    private Instant again(Container container, Reason reason) {
      Instant now = clock.instant();
      return switch (reason.reason()) {
        // What people look for is the back-off that follows.
        case Reason.PULL -> now.plus(SOON);
        case Reason.PULL_BACKOFF ->
            images.retryAt(pod, container).orElseGet(() -> now.plus(Backoff.FIRST));
        default -> now.plus(Backoff.FIRST);
      };
    }

    private boolean backedOff(Container container, String key, PodSnapshot snapshot) {
      // An init container that runs anew for a new sandbox has not failed.
      Optional<RuntimeContainer> last =
          pod.spec().initContainers().contains(container)
              ? snapshot.inSandbox(container.name()).filter(RuntimeContainer::exited)
              : snapshot.containers().stream()
                  .filter(c -> c.name().equals(container.name()) && c.exited())
                  .findFirst();
      if (last.isEmpty()) {
        return false;
      }
      Instant ended = last.get().finishedAt();
      if (PodConfigs.hash(container).equals(last.get().specHash())) {
        backoff.recall(key, last.get().restartCount(), last.get().createdAt());
      }
      Optional<Instant> until = backoff.until(key, ended);
      if (until.isEmpty()) {
        backoff.next(key, ended);
        return false;
      }
      String text = ContainerPaths.text(pod);
      events.warning(
          pod,
          ContainerPaths.of(pod, container.name()),
          "BackOff",
          "Back-off restarting failed container " + container.name() + " in pod " + text);
      reasons.put(
          container.name(),
          new Reason(
              Reason.CRASH_LOOP,
              "back-off %s restarting failed container=%s pod=%s"
                  .formatted(duration(backoff.delay(key)), container.name(), text)));
      retry(until.get());
      return true;
    }

    private void retry(Instant at) {
      retryAt = Optional.of(retryAt.filter(old -> old.isBefore(at)).orElse(at));
    }

    /** Removes dead containers but the last of each name, and sandboxes that nothing is left of. */
    private void prune(PodSnapshot snapshot) {
      for (Container container : ContainerPaths.all(pod).toList()) {
        List<RuntimeContainer> dead =
            snapshot.containers().stream()
                .filter(c -> c.name().equals(container.name()) && c.exited())
                .toList();
        dead.stream().skip(1).forEach(c -> runtime.removeContainer(c.id()));
        // One that was made when the agent or the runtime was killed was never started.
        snapshot.containers().stream()
            .filter(c -> c.name().equals(container.name()))
            .skip(1)
            .filter(c -> c.phase() == ContainerPhase.CREATED)
            .forEach(c -> runtime.removeContainer(c.id()));
      }
      // The containers of the sandbox before this one tell how the pod ended the last time.
      snapshot.sandboxes().stream()
          .skip(2)
          .filter(s -> !s.ready())
          .forEach(s -> runtime.removeSandbox(s.id()));
    }

    /** RestartAllContainers: every container is ended and removed, the sandbox stays. */
    private void reset(PodSnapshot snapshot) throws InterruptedException {
      for (RuntimeContainer is : snapshot.live()) {
        kill.container(
            pod,
            new Kill(is.id(), is.name(), Kill.Cause.POD, "Restarting all containers"),
            snapshot.ips());
      }
      snapshot.containers().forEach(c -> runtime.removeContainer(c.id()));
    }
  }

  /** As Go prints it: {@code 10s}, {@code 1m20s}. */
  static String duration(Duration duration) {
    long minutes = duration.toMinutes();
    long seconds = duration.toSecondsPart();
    return (minutes > 0 ? minutes + "m" : "") + seconds + "s";
  }
}
