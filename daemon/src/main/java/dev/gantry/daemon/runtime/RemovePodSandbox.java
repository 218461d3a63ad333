package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.v1.RemovePodSandboxRequest;
import dev.gantry.cri.v1.RemovePodSandboxResponse;
import dev.gantry.daemon.container.Containers;
import dev.gantry.daemon.pod.Sandboxes;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.daemon.work.Operations;
import dev.gantry.daemon.work.Stages;
import java.util.Optional;

/**
 * Removes a pod and its containers, by force where they run. A pod that does not exist is a
 * success.
 */
public final class RemovePodSandbox
    implements Rpc<RemovePodSandboxRequest, RemovePodSandboxResponse> {
  private final RecordStore<PodRecord> pods;
  private final Operations operations;
  private final Containers containers;
  private final Sandboxes sandboxes;

  public RemovePodSandbox(
      RecordStore<PodRecord> pods,
      Operations operations,
      Containers containers,
      Sandboxes sandboxes) {
    this.pods = pods;
    this.operations = operations;
    this.containers = containers;
    this.sandboxes = sandboxes;
  }

  @Override
  public RemovePodSandboxResponse handle(RemovePodSandboxRequest request) throws Exception {
    Optional<Entry<PodRecord>> pod = pods.find(request.getPodSandboxId());
    if (pod.isPresent()) {
      operations.run(
          "remove pod sandbox " + pod.get().name(),
          pod.get().id(),
          Boolean.class,
          stages -> remove(pod.get(), stages));
    }
    return RemovePodSandboxResponse.getDefaultInstance();
  }

  private boolean remove(Entry<PodRecord> pod, Stages stages) throws Exception {
    sandboxes.close(pod);
    sandboxes.endGuest(pod);
    stages.enter("containers");
    containers.removeAllOf(pod.id());
    stages.enter("sandbox");
    sandboxes.remove(pod);
    return true;
  }
}
