package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.v1.PodSandboxStatusRequest;
import dev.gantry.cri.v1.PodSandboxStatusResponse;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.store.RecordStore;

/** The status of one pod with its containers', from memory; NOT_FOUND when there is none. */
public final class PodSandboxStatus
    implements Rpc<PodSandboxStatusRequest, PodSandboxStatusResponse> {
  private final RecordStore<PodRecord> pods;
  private final RecordStore<ContainerRecord> containers;
  private final VerboseInfo info;

  public PodSandboxStatus(
      RecordStore<PodRecord> pods, RecordStore<ContainerRecord> containers, VerboseInfo info) {
    this.pods = pods;
    this.containers = containers;
    this.info = info;
  }

  @Override
  public PodSandboxStatusResponse handle(PodSandboxStatusRequest request) throws CallFailure {
    // Before the look: who has a later event by then keeps that, and it may say more.
    long timestamp = Clock.now();
    PodRecord pod = pods.get(request.getPodSandboxId()).record();
    var response =
        PodSandboxStatusResponse.newBuilder()
            .setStatus(PodViews.status(pod))
            .addAllContainersStatuses(ContainerViews.statusesOf(pod.getId(), containers))
            .setTimestamp(timestamp);
    if (request.getVerbose()) {
      response.putInfo("info", info.of(pod));
    }
    return response.build();
  }
}
