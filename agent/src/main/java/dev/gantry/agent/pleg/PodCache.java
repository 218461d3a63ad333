package dev.gantry.agent.pleg;

import dev.gantry.agent.runtime.PodRuntime;
import dev.gantry.agent.runtime.PodSnapshot;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The last known state of every pod. Readers that only show take what is here; a worker that is
 * about to act asks for something newer than its last action.
 */
public final class PodCache {
  private final Map<String, PodSnapshot> pods = new ConcurrentHashMap<>();
  private final PodRuntime runtime;

  public PodCache(PodRuntime runtime) {
    this.runtime = runtime;
  }

  /** What is known of a pod. */
  public Optional<PodSnapshot> get(String uid) {
    return Optional.ofNullable(pods.get(uid));
  }

  /**
   * A pod as it was at {@code moment} or later; the runtime is asked when what is here is older.
   *
   * @throws dev.gantry.agent.runtime.RuntimeCallException when it cannot be asked
   */
  public PodSnapshot newerThan(String uid, Instant moment) {
    PodSnapshot known = pods.get(uid);
    if (known != null && known.takenAt().isAfter(moment)) {
      return known;
    }
    return refresh(uid);
  }

  /** Asks the runtime; the newest answer stays. */
  public PodSnapshot refresh(String uid) {
    PodSnapshot taken = runtime.inspect(uid);
    pods.merge(uid, taken, (old, now) -> now.takenAt().isBefore(old.takenAt()) ? old : now);
    return taken;
  }

  /** Forgets a pod. */
  public void remove(String uid) {
    pods.remove(uid);
  }

  /** Forgets all but these. */
  public void retain(Set<String> uids) {
    pods.keySet().retainAll(uids);
  }
}
