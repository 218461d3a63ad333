package dev.gantry.agent.pleg;

import dev.gantry.agent.runtime.ContainerPhase;
import dev.gantry.agent.runtime.PodRuntime;
import dev.gantry.agent.runtime.PodSnapshot;
import dev.gantry.agent.runtime.RuntimeCallException;
import dev.gantry.agent.runtime.RuntimePod;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Finds out what happened to pods by comparison, updates the cache and then tells of it. {@link
 * #relist} and {@link #look} may be called by several threads: one at a time does its work.
 *
 * <p>A pod that could not be inspected keeps its old state here, so that the next look finds the
 * same difference again.
 */
public final class Pleg {
  private static final System.Logger LOG = System.getLogger(Pleg.class.getName());

  private final PodRuntime runtime;
  private final PodCache cache;
  private final BoundedChannel<PodEvent> out;
  private final InstantSource clock;
  private final Duration threshold;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Map<String, ContainerPhase>> known = new HashMap<>();
  private boolean discarding;
  private volatile Instant lastRelist;
  private volatile String lastFailure = "";

  /**
   * A generator.
   *
   * @param threshold for how long no list may have succeeded before it is unhealthy
   */
  public Pleg(
      PodRuntime runtime,
      PodCache cache,
      BoundedChannel<PodEvent> out,
      InstantSource clock,
      Duration threshold) {
    this.runtime = runtime;
    this.cache = cache;
    this.out = out;
    this.clock = clock;
    this.threshold = threshold;
    this.lastRelist = clock.instant();
  }

  /** Lists every pod and looks at those that are not as they were; false when that failed. */
  public boolean relist() {
    lock.lock();
    try {
      Instant start = clock.instant();
      Map<String, Map<String, ContainerPhase>> now = new HashMap<>();
      for (RuntimePod pod : runtime.pods()) {
        now.put(pod.uid(), phases(pod));
      }
      Set<String> uids = new HashSet<>(known.keySet());
      uids.addAll(now.keySet());
      boolean complete = true;
      for (String uid : uids) {
        if (!known.getOrDefault(uid, Map.of()).equals(now.getOrDefault(uid, Map.of()))) {
          complete &= inspect(uid);
        }
      }
      lastFailure = "";
      lastRelist = start;
      return complete;
    } catch (RuntimeCallException e) {
      failed(e);
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Looks at one pod of which the runtime said that something happened. */
  public boolean look(String uid) {
    lock.lock();
    try {
      return inspect(uid);
    } finally {
      lock.unlock();
    }
  }

  private boolean inspect(String uid) {
    PodSnapshot snapshot;
    try {
      snapshot = cache.refresh(uid);
    } catch (RuntimeCallException e) {
      failed(e);
      return false;
    }
    Map<String, ContainerPhase> before = known.getOrDefault(uid, Map.of());
    Map<String, ContainerPhase> after = phases(snapshot);
    if (after.isEmpty()) {
      known.remove(uid);
    } else {
      known.put(uid, after);
    }
    Set<String> ids = new HashSet<>(before.keySet());
    ids.addAll(after.keySet());
    ids.forEach(id -> compare(uid, id, before.get(id), after.get(id)));
    return true;
  }

  private void compare(
      String uid,
      String id,
      @org.jspecify.annotations.Nullable ContainerPhase before,
      @org.jspecify.annotations.Nullable ContainerPhase after) {
    if (before == after) {
      return;
    }
    if (after == null) {
      if (before != ContainerPhase.EXITED) {
        tell(new PodEvent(uid, PodEvent.Type.CONTAINER_DIED, id));
      }
      tell(new PodEvent(uid, PodEvent.Type.CONTAINER_REMOVED, id));
      return;
    }
    tell(
        switch (after) {
          case RUNNING -> new PodEvent(uid, PodEvent.Type.CONTAINER_STARTED, id);
          case EXITED -> new PodEvent(uid, PodEvent.Type.CONTAINER_DIED, id);
          case CREATED, UNKNOWN -> new PodEvent(uid, PodEvent.Type.CONTAINER_CHANGED, id);
        });
  }

  private void tell(PodEvent event) {
    boolean fits = out.offer(event);
    if (!fits && !discarding) {
      LOG.log(
          Level.WARNING,
          () -> "event channel is full: discarded " + event + ", all pods will be looked at");
    }
    discarding = !fits;
  }

  private void failed(RuntimeCallException e) {
    lastFailure = String.valueOf(e.getMessage());
    LOG.log(Level.DEBUG, "look at the runtime's pods", e);
  }

  private static Map<String, ContainerPhase> phases(RuntimePod pod) {
    Map<String, ContainerPhase> phases = new HashMap<>();
    pod.containers().forEach(c -> phases.put(c.id(), c.phase()));
    pod.sandboxes().forEach(s -> phases.put(s.id(), sandbox(s.ready())));
    return phases;
  }

  private static Map<String, ContainerPhase> phases(PodSnapshot pod) {
    Map<String, ContainerPhase> phases = new HashMap<>();
    pod.containers().forEach(c -> phases.put(c.id(), c.phase()));
    pod.sandboxes().forEach(s -> phases.put(s.id(), sandbox(s.ready())));
    return phases;
  }

  private static ContainerPhase sandbox(boolean ready) {
    return ready ? ContainerPhase.RUNNING : ContainerPhase.EXITED;
  }

  /** Why it is not healthy, if it is not: the kubelet's words. */
  public Optional<String> unhealthy() {
    Duration since = Duration.between(lastRelist, clock.instant());
    if (since.compareTo(threshold) <= 0) {
      return Optional.empty();
    }
    String cause = lastFailure.isEmpty() ? "" : "; the last failure was: " + lastFailure;
    return Optional.of(
        "PLEG is not healthy: pleg was last seen active %ds ago; threshold is %ds%s"
            .formatted(since.toSeconds(), threshold.toSeconds(), cause));
  }

  /** When everything was last listed. */
  public Instant lastRelist() {
    return lastRelist;
  }
}
