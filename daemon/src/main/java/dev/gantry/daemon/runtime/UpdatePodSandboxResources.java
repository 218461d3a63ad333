package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.v1.UpdatePodSandboxResourcesRequest;
import dev.gantry.cri.v1.UpdatePodSandboxResourcesResponse;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.spec.ResourceSpec;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;

/**
 * Takes note of a pod's new size. The kubelet has changed the pod's cgroup before it calls this;
 * the figures are for runtimes that size a virtual machine by them.
 */
public final class UpdatePodSandboxResources
    implements Rpc<UpdatePodSandboxResourcesRequest, UpdatePodSandboxResourcesResponse> {
  private final RecordStore<PodRecord> pods;

  public UpdatePodSandboxResources(RecordStore<PodRecord> pods) {
    this.pods = pods;
  }

  @Override
  public UpdatePodSandboxResourcesResponse handle(UpdatePodSandboxResourcesRequest request)
      throws Exception {
    Entry<PodRecord> pod = pods.get(request.getPodSandboxId());
    pod.update(record -> resized(record, request));
    return UpdatePodSandboxResourcesResponse.getDefaultInstance();
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
