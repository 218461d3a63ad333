package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.store.PodState;
import dev.gantry.cri.v1.UpdatePodSandboxResourcesRequest;
import dev.gantry.cri.v1.UpdatePodSandboxResourcesResponse;
import dev.gantry.daemon.pod.Sandboxes;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.spec.ResourceSpec;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.daemon.work.KernelStep;
import dev.gantry.daemon.work.Operations;

/**
 * Changes a pod's size. The kubelet has changed the pod's cgroup before it calls this; a cgroup
 * that is the pod's alone is changed here. Handlers that run pods in virtual machines read the
 * figures.
 */
public final class UpdatePodSandboxResources
    implements Rpc<UpdatePodSandboxResourcesRequest, UpdatePodSandboxResourcesResponse> {
  private final RecordStore<PodRecord> pods;
  private final Operations operations;
  private final Sandboxes sandboxes;

  public UpdatePodSandboxResources(
      RecordStore<PodRecord> pods, Operations operations, Sandboxes sandboxes) {
    this.pods = pods;
    this.operations = operations;
    this.sandboxes = sandboxes;
  }

  @Override
  public UpdatePodSandboxResourcesResponse handle(UpdatePodSandboxResourcesRequest request)
      throws Exception {
    Entry<PodRecord> pod = pods.get(request.getPodSandboxId());
    operations.runInTurn(
        "update pod sandbox " + pod.name(), request, Boolean.class, stages -> update(pod, request));
    return UpdatePodSandboxResourcesResponse.getDefaultInstance();
  }

  private boolean update(Entry<PodRecord> pod, UpdatePodSandboxResourcesRequest request)
      throws Exception {
    if (pod.record().getState() != PodState.POD_STATE_READY) {
      throw CallFailure.precondition("update pod sandbox " + pod.name() + ": it is not ready");
    }
    PodRecord next = resized(pod.record(), request);
    KernelStep.run("limit the pod's cgroup", () -> sandboxes.cgroup().limit(next));
    pod.update(record -> resized(record, request));
    return true;
  }

  private static PodRecord resized(PodRecord record, UpdatePodSandboxResourcesRequest request) {
    var updated = record.toBuilder();
    var linux = updated.getConfig().getLinux().toBuilder();
    if (request.hasOverhead()) {
      linux.setOverhead(ResourceSpec.merge(linux.getOverhead(), request.getOverhead()));
    }
    if (request.hasResources()) {
      linux.setResources(ResourceSpec.merge(linux.getResources(), request.getResources()));
    }
    return updated.setConfig(updated.getConfig().toBuilder().setLinux(linux)).build();
  }
}
