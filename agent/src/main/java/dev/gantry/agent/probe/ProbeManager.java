package dev.gantry.agent.probe;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.Probe;
import dev.gantry.agent.pleg.PodCache;
import dev.gantry.agent.runtime.ContainerPhase;
import dev.gantry.agent.runtime.PodRuntime;
import dev.gantry.agent.runtime.PodSnapshot;
import dev.gantry.agent.runtime.RuntimeCallException;
import dev.gantry.agent.runtime.RuntimeContainer;
import dev.gantry.agent.status.EventRecorder;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The threads of all probes: one for each probe of a pod that runs. */
public final class ProbeManager implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ProbeManager.class.getName());

  private final PodCache cache;
  private final ProbeResults results;
  private final EventRecorder events;
  private final Consumer<String> changed;
  private final InstantSource clock;
  private final Instant began;
  private final String nodeIp;
  private final Prober prober;
  private final Map<Key, Worker> workers = new ConcurrentHashMap<>();

  private record Key(String uid, String container, ProbeKind kind) {}

  /**
   * A manager.
   *
   * @param changed told the uid of a pod of which a verdict changed
   * @param nodeIps the addresses of pods on the node's network
   */
  public ProbeManager(
      PodRuntime runtime,
      PodCache cache,
      ProbeResults results,
      EventRecorder events,
      Consumer<String> changed,
      List<String> nodeIps,
      InstantSource clock) {
    this.nodeIp = nodeIps.stream().findFirst().orElse("127.0.0.1");
    this.cache = cache;
    this.results = results;
    this.events = events;
    this.changed = changed;
    this.clock = clock;
    this.began = clock.instant();
    this.prober = new Prober(runtime);
  }

  /** Starts the probes of a pod that have no thread yet. */
  public void add(Pod pod) {
    List<Container> containers = new ArrayList<>(pod.spec().containers());
    pod.spec().initContainers().stream()
        .filter(Container::isRestartableInit)
        .forEach(containers::add);
    for (Container container : containers) {
      for (ProbeKind kind : ProbeKind.values()) {
        kind.of(container)
            .ifPresent(probe -> {
              var key = new Key(pod.metadata().uid(), container.name(), kind);
              workers.computeIfAbsent(key, k -> new Worker(k, pod, container, probe));
            });
      }
    }
  }

  /** A pod is being ended: what it must not fail any more is not asked any more. */
  public void ending(String uid) {
    stop(uid, EnumSet.of(ProbeKind.LIVENESS, ProbeKind.STARTUP));
  }

  /** A pod has ended. */
  public void remove(String uid) {
    stop(uid, EnumSet.allOf(ProbeKind.class));
  }

  private void stop(String uid, Set<ProbeKind> kinds) {
    workers.forEach((key, worker) -> {
      if (key.uid().equals(uid) && kinds.contains(key.kind())) {
        workers.remove(key);
        worker.thread.interrupt();
      }
    });
  }

  /** Whether a probe of this kind is asked. */
  public boolean has(String uid, String container, ProbeKind kind) {
    return workers.containsKey(new Key(uid, container, kind));
  }

  /** Asks at once, since something happened to the container. */
  public void hurry(String uid, String container, ProbeKind kind) {
    Worker worker = workers.get(new Key(uid, container, kind));
    if (worker != null) {
      var _ = worker.hurry.offer(true);
    }
  }

  @Override
  public void close() {
    workers.values().forEach(w -> w.thread.interrupt());
    workers.clear();
  }

  /** One probe. */
  private final class Worker {
    private final Key key;
    private final Pod pod;
    private final Container container;
    private final Probe probe;
    private final ProbeMachine machine;
    private final LinkedBlockingQueue<Boolean> hurry = new LinkedBlockingQueue<>(1);
    private final Thread thread;

    Worker(Key key, Pod pod, Container container, Probe probe) {
      this.key = key;
      this.pod = pod;
      this.container = container;
      this.probe = probe;
      this.machine = new ProbeMachine(key.kind(), probe);
      this.thread =
          Thread.ofVirtual().name("probe-" + container.name() + "-" + key.kind()).start(this::work);
    }

    private void work() {
      Duration period = Duration.ofSeconds(probe.periodSeconds());
      try {
        // After a restart of the agent, all probes of all pods would come in one moment.
        if (Duration.between(began, clock.instant()).compareTo(period) < 0) {
          Thread.sleep(Duration.ofMillis((long) (Math.random() * period.toMillis())));
        }
        while (!Thread.currentThread().isInterrupted()) {
          look();
          var _ = hurry.poll(period.toMillis(), TimeUnit.MILLISECONDS);
        }
      } catch (InterruptedException e) {
        // The pod is ending.
      } finally {
        if (!machine.containerId().isEmpty() && key.kind() != ProbeKind.READINESS) {
          results.remove(machine.containerId(), key.kind());
        }
      }
    }

    private void look() {
      Optional<PodSnapshot> snapshot = cache.get(key.uid());
      Optional<RuntimeContainer> is = snapshot.flatMap(s -> s.container(container.name()));
      // One that was made and has not been started yet has not failed either.
      if (is.isEmpty() || is.get().phase() == ContainerPhase.CREATED) {
        return;
      }
      begin(is.get());
      if (!is.get().running()) {
        verdict(Verdict.FAILURE);
        return;
      }
      boolean started =
          container.startupProbe() == null
              || results.get(is.get().id(), ProbeKind.STARTUP).orElse(Verdict.UNKNOWN)
                  == Verdict.SUCCESS;
      if (!machine.due(is.get().startedAt(), clock.instant(), started)) {
        return;
      }
      String ip = snapshot.get().ips().stream().findFirst().orElse(nodeIp);
      ask(is.get().id(), ip);
    }

    private void begin(RuntimeContainer is) {
      if (machine.containerId().equals(is.id())) {
        return;
      }
      if (!machine.containerId().isEmpty()) {
        results.remove(machine.containerId(), key.kind());
      }
      machine.begin(is.id());
      // A container that ran before this agent did was ready as far as anyone knows.
      if (!is.running() || !is.startedAt().isBefore(began) || key.kind() == ProbeKind.LIVENESS) {
        verdict(key.kind().initial());
      }
    }

    private void ask(String containerId, String ip) {
      String path = path();
      try {
        Outcome outcome = prober.ask(probe, container, containerId, ip);
        if (!outcome.success()) {
          events.warning(
              pod, path, "Unhealthy", key.kind().title() + " probe failed: " + outcome.text());
        } else if (outcome.warning()) {
          events.warning(
              pod, path, "ProbeWarning", key.kind().title() + " probe warning: " + outcome.text());
        }
        machine.answer(outcome.success()).ifPresent(this::verdict);
      } catch (RuntimeCallException | IllegalArgumentException e) {
        if (!Thread.currentThread().isInterrupted()) {
          events.warning(
              pod,
              path,
              "Unhealthy",
              key.kind().title()
                  + " probe errored and resulted in unknown state: "
                  + e.getMessage());
        }
      } catch (RuntimeException e) {
        LOG.log(Level.WARNING, "probe of " + container.name() + " failed", e);
      }
    }

    private String path() {
      return (container.isRestartableInit() ? "spec.initContainers{" : "spec.containers{")
          + container.name()
          + "}";
    }

    private void verdict(Verdict verdict) {
      if (results.set(machine.containerId(), key.kind(), verdict)) {
        changed.accept(key.uid());
      }
    }
  }
}
