package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.v1.StopPodSandboxRequest;
import dev.gantry.cri.v1.StopPodSandboxResponse;
import dev.gantry.daemon.container.Containers;
import dev.gantry.daemon.pod.Sandboxes;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.daemon.work.Operations;
import dev.gantry.daemon.work.Stages;
import java.util.Optional;

/**
 * Stops a pod: its containers are killed, then its network and namespaces are given back. A pod
 * that is stopped or does not exist is a success.
 */
public final class StopPodSandbox implements Rpc<StopPodSandboxRequest, StopPodSandboxResponse> {
  private final RecordStore<PodRecord> pods;
  private final Operations operations;
  private final Containers containers;
  private final Sandboxes sandboxes;

  public StopPodSandbox(
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
  public StopPodSandboxResponse handle(StopPodSandboxRequest request) throws Exception {
    Optional<Entry<PodRecord>> pod = pods.find(request.getPodSandboxId());
    if (pod.isPresent()) {
      operations.run(
          "stop pod sandbox " + pod.get().name(),
          pod.get().id(),
          Boolean.class,
          stages -> stop(pod.get(), stages));
    }
    return StopPodSandboxResponse.getDefaultInstance();
  }

  private boolean stop(Entry<PodRecord> pod, Stages stages) throws Exception {
    sandboxes.close(pod);
    sandboxes.endGuest(pod);
    stages.enter("containers");
    containers.killAllOf(pod.id());
    stages.enter("sandbox");
    sandboxes.stop(pod);
    return true;
  }
}
