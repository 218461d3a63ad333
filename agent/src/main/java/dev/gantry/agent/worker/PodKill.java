package dev.gantry.agent.worker;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.LifecycleHandler;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.Probe;
import dev.gantry.agent.runtime.PodRuntime;
import dev.gantry.agent.runtime.PodSnapshot;
import dev.gantry.agent.runtime.RuntimeContainer;
import dev.gantry.agent.status.EventRecorder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Ends containers: preStop hook, SIGTERM, SIGKILL after the grace period. Those of a pod end at
 * once, but its sidecars wait for the containers, and each for the sidecars that began after it.
 */
final class PodKill {
  /** Even who is in a hurry gets this long to end by itself. */
  private static final Duration LEAST = Duration.ofSeconds(2);

  private final PodRuntime runtime;
  private final EventRecorder events;
  private final Hooks hooks;
  private final InstantSource clock;

  PodKill(PodRuntime runtime, EventRecorder events, Hooks hooks, InstantSource clock) {
    this.runtime = runtime;
    this.events = events;
    this.hooks = hooks;
    this.clock = clock;
  }

  /** Ends one container of a pod that goes on. */
  void container(Pod pod, Kill kill, List<String> ips) throws InterruptedException {
    Duration grace = Duration.ofSeconds(pod.spec().terminationGracePeriodSeconds());
    Optional<Container> container = ContainerPaths.find(pod, kill.name());
    Duration own = container.map(c -> ownGrace(c, kill.cause())).orElse(Duration.ZERO);
    end(pod, container, kill, own.isZero() ? grace : own, ips, Optional.empty());
  }

  private static Duration ownGrace(Container container, Kill.Cause cause) {
    Probe probe =
        switch (cause) {
          case LIVENESS -> container.livenessProbe();
          case STARTUP -> container.startupProbe();
          case POST_START, CHANGED, UNKNOWN_STATE, POD -> null;
        };
    Long seconds = probe == null ? null : probe.terminationGracePeriodSeconds();
    return seconds == null ? Duration.ZERO : Duration.ofSeconds(seconds);
  }

  /**
   * Ends all of a pod: its containers, then its sandboxes.
   *
   * @param grace how long they have in all
   */
  void pod(Pod pod, PodSnapshot snapshot, Duration grace) throws InterruptedException {
    List<RuntimeContainer> live = snapshot.live();
    List<Throwable> failed = new ArrayList<>();
    if (!live.isEmpty()) {
      Turns turns = new Turns(pod, live);
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<?>> ends = new ArrayList<>();
        for (RuntimeContainer is : live) {
          ends.add(threads.submit(() -> endInTurn(pod, is, grace, snapshot.ips(), turns)));
        }
        collect(ends, threads, failed);
      }
    }
    for (PodSnapshot.Sandbox sandbox : snapshot.sandboxes()) {
      if (sandbox.ready()) {
        runtime.stopSandbox(sandbox.id());
      }
    }
    if (!failed.isEmpty() && failed.getFirst() instanceof RuntimeException first) {
      throw first;
    }
  }

  private static void collect(List<Future<?>> ends, ExecutorService threads, List<Throwable> failed)
      throws InterruptedException {
    for (Future<?> end : ends) {
      try {
        end.get();
      } catch (ExecutionException e) {
        Throwable cause = e.getCause();
        failed.add(cause == null ? e : cause);
      } catch (InterruptedException e) {
        threads.shutdownNow();
        throw e;
      }
    }
  }

  private Void endInTurn(
      Pod pod, RuntimeContainer is, Duration grace, List<String> ips, Turns turns)
      throws InterruptedException {
    Kill kill = new Kill(is.id(), is.name(), Kill.Cause.POD, "Stopping container " + is.name());
    try {
      end(pod, ContainerPaths.find(pod, is.name()), kill, grace, ips, Optional.of(turns));
    } finally {
      turns.ended(is.name());
    }
    return null;
  }

  private void end(
      Pod pod,
      Optional<Container> container,
      Kill kill,
      Duration grace,
      List<String> ips,
      Optional<Turns> turns)
      throws InterruptedException {
    String path = ContainerPaths.of(pod, kill.name());
    events.normal(pod, path, "Killing", kill.message());
    Duration left = grace;
    LifecycleHandler preStop =
        container
            .flatMap(c -> Optional.ofNullable(c.lifecycle()))
            .flatMap(l -> Optional.ofNullable(l.preStop()))
            .orElse(null);
    if (preStop != null && container.isPresent() && left.isPositive()) {
      left = left.minus(preStop(pod, container.get(), preStop, kill, path, left, ips));
    }
    if (turns.isPresent() && left.isPositive()) {
      left = left.minus(turns.get().await(kill.name(), left, clock));
    }
    runtime.stopContainer(kill.containerId(), left.compareTo(LEAST) < 0 ? LEAST : left);
  }

  /** Runs a preStop hook; the answer is how long it took. */
  private Duration preStop(
      Pod pod,
      Container container,
      LifecycleHandler hook,
      Kill kill,
      String path,
      Duration limit,
      List<String> ips)
      throws InterruptedException {
    Instant start = clock.instant();
    try {
      hooks.run(hook, pod, container, kill.containerId(), ips, limit);
    } catch (Hooks.HookException e) {
      events.warning(pod, path, "FailedPreStopHook", "PreStopHook failed");
    }
    return Duration.between(start, clock.instant());
  }

  /** Who waits for whom at the end of a pod. */
  private static final class Turns {
    private final Map<String, CountDownLatch> running = new HashMap<>();
    private final Map<String, List<String>> after = new HashMap<>();

    Turns(Pod pod, List<RuntimeContainer> live) {
      live.forEach(c -> running.put(c.name(), new CountDownLatch(1)));
      List<String> before =
          new ArrayList<>(pod.spec().containers().stream().map(Container::name).toList());
      for (Container sidecar : pod.spec().initContainers().reversed()) {
        if (sidecar.isRestartableInit()) {
          after.put(sidecar.name(), List.copyOf(before));
          before.add(sidecar.name());
        }
      }
    }

    Duration await(String name, Duration limit, InstantSource clock) throws InterruptedException {
      Instant start = clock.instant();
      for (String other : after.getOrDefault(name, List.of())) {
        CountDownLatch latch = running.get(other);
        Duration left = limit.minus(Duration.between(start, clock.instant()));
        if (latch != null && left.isPositive()) {
          var _ = latch.await(left.toMillis(), TimeUnit.MILLISECONDS);
        }
      }
      return Duration.between(start, clock.instant());
    }

    void ended(String name) {
      CountDownLatch latch = running.get(name);
      if (latch != null) {
        latch.countDown();
      }
    }
  }
}
