package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.v1.ContainerStatusRequest;
import dev.gantry.cri.v1.ContainerStatusResponse;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.store.RecordStore;

/** The status of one container, from memory; NOT_FOUND when there is none. */
public final class ContainerStatus implements Rpc<ContainerStatusRequest, ContainerStatusResponse> {
  private final RecordStore<ContainerRecord> containers;
  private final VerboseInfo info;

  public ContainerStatus(RecordStore<ContainerRecord> containers, VerboseInfo info) {
    this.containers = containers;
    this.info = info;
  }

  @Override
  public ContainerStatusResponse handle(ContainerStatusRequest request) throws CallFailure {
    ContainerRecord container = containers.get(request.getContainerId()).record();
    var response = ContainerStatusResponse.newBuilder().setStatus(ContainerViews.status(container));
    if (request.getVerbose()) {
      response.putInfo("info", info.of(container));
    }
    return response.build();
  }
}
