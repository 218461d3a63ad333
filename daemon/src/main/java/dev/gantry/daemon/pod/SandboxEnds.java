package dev.gantry.daemon.pod;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.daemon.container.Containers;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.daemon.work.Operations;
import java.util.Optional;

/**
 * How pods end: no container is added to them any more, then their containers end, then they
 * themselves. A pod that does not exist has ended.
 */
public record SandboxEnds(
    RecordStore<PodRecord> pods,
    Operations operations,
    Containers containers,
    Sandboxes sandboxes) {
  /** Kills what runs in the pod and gives back what it has of the node; its records stay. */
  public void stop(String id) throws Exception {
    end("stop", id, containers::killAllOf, sandboxes::stopOrRetry);
  }

  /** Removes the pod and its containers with their records, by force where they run. */
  public void remove(String id) throws Exception {
    end("remove", id, containers::removeAllOf, sandboxes::remove);
  }

  private interface Step<T> {
    void run(T of) throws Exception;
  }

  private void end(String verb, String id, Step<String> ofContainers, Step<Entry<PodRecord>> ofPod)
      throws Exception {
    Optional<Entry<PodRecord>> found = pods.find(id);
    if (found.isEmpty()) {
      return;
    }
    Entry<PodRecord> pod = found.get();
    operations.run(
        verb + " pod sandbox " + pod.name(),
        pod.id(),
        Boolean.class,
        stages -> {
          sandboxes.beginEnd(pod);
          sandboxes.endGuest(pod);
          stages.enter("containers");
          ofContainers.run(pod.id());
          stages.enter("sandbox");
          ofPod.run(pod);
          return true;
        });
  }
}
