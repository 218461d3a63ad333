package dev.gantry.agent.sync;

import dev.gantry.agent.api.ObjectMeta;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodSpec;
import dev.gantry.agent.api.PodStatus;
import dev.gantry.agent.api.Shape;
import dev.gantry.agent.cgroup.PodCgroups;
import dev.gantry.agent.pleg.PodCache;
import dev.gantry.agent.runtime.PodRuntime;
import dev.gantry.agent.runtime.RuntimeCallException;
import dev.gantry.agent.runtime.RuntimePod;
import dev.gantry.agent.source.PodStore;
import dev.gantry.agent.volume.Volumes;
import dev.gantry.agent.worker.PodWorkers;
import dev.gantry.agent.worker.Wish;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * Ends and removes what belongs to no pod: sandboxes of this agent of which there is no record,
 * cgroups, volumes. There is none of it unless records were lost.
 */
final class Housekeeping {
  private static final System.Logger LOG = System.getLogger(Housekeeping.class.getName());
  private static final Duration GRACE = Duration.ofSeconds(30);

  private final PodRuntime runtime;
  private final PodStore store;
  private final PodWorkers workers;
  private final PodCache cache;
  private final PodCgroups cgroups;
  private final Volumes volumes;
  private final NodePodParts parts;

  Housekeeping(
      PodRuntime runtime,
      PodStore store,
      PodWorkers workers,
      PodCache cache,
      PodCgroups cgroups,
      Volumes volumes,
      NodePodParts parts) {
    this.runtime = runtime;
    this.store = store;
    this.workers = workers;
    this.cache = cache;
    this.cgroups = cgroups;
    this.volumes = volumes;
    this.parts = parts;
  }

  /** Looks once. */
  void run() {
    Set<String> known = new HashSet<>(workers.uids());
    store.all().forEach(p -> known.add(p.metadata().uid()));
    try {
      Set<String> running = new HashSet<>();
      for (RuntimePod pod : runtime.pods()) {
        running.add(pod.uid());
        if (!known.contains(pod.uid())) {
          LOG.log(Level.INFO, () -> "pod " + pod.name() + " has no record: it is ended");
          workers.wish(Wish.end(orphan(pod), GRACE));
        }
      }
      known.addAll(running);
      leftovers(known);
      cgroups.weigh(store.all());
    } catch (RuntimeCallException | IOException e) {
      LOG.log(Level.WARNING, "housekeeping: " + e.getMessage(), e);
    }
    cache.retain(known);
    workers.housekeeping();
  }

  private void leftovers(Set<String> known) throws IOException {
    Set<String> uids = new HashSet<>(cgroups.uids());
    uids.addAll(volumes.podUids());
    uids.removeAll(known);
    for (String uid : uids) {
      if (store.get(uid).isEmpty()) {
        LOG.log(Level.INFO, () -> "what pod " + uid + " left is removed");
        parts.tearDown(uid);
      }
    }
  }

  /** A pod of which only its name is known. */
  private static Pod orphan(RuntimePod pod) {
    ObjectMeta meta = ObjectMeta.named(pod.namespace(), pod.name()).withUid(pod.uid());
    return new Pod(meta, Shape.empty(PodSpec.class), PodStatus.none());
  }
}
