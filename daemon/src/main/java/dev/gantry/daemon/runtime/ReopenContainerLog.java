package dev.gantry.daemon.runtime;

import dev.gantry.container.ContainerRuntime;
import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.ContainerStage;
import dev.gantry.cri.v1.ReopenContainerLogRequest;
import dev.gantry.cri.v1.ReopenContainerLogResponse;
import dev.gantry.daemon.container.Containers;
import dev.gantry.daemon.container.Handlers;
import dev.gantry.daemon.container.LogRoom;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.daemon.work.Operations;

/**
 * Opens a running container's log anew after the kubelet rotated it; returns when the file exists.
 * Calls at the same time join: a second new file put over the first would take its lines with it.
 */
public final class ReopenContainerLog
    implements Rpc<ReopenContainerLogRequest, ReopenContainerLogResponse> {
  private final RecordStore<ContainerRecord> store;
  private final Operations operations;
  private final Handlers handlers;
  private final Containers containers;
  private final LogRoom logRoom;

  public ReopenContainerLog(
      RecordStore<ContainerRecord> store,
      Operations operations,
      Handlers handlers,
      Containers containers,
      LogRoom logRoom) {
    this.store = store;
    this.operations = operations;
    this.handlers = handlers;
    this.containers = containers;
    this.logRoom = logRoom;
  }

  @Override
  public ReopenContainerLogResponse handle(ReopenContainerLogRequest request) throws Exception {
    Entry<ContainerRecord> container = store.get(request.getContainerId());
    operations.run(
        "reopen log of container " + container.name(),
        container.id(),
        Boolean.class,
        stages -> reopen(container.record()));
    return ReopenContainerLogResponse.getDefaultInstance();
  }

  private boolean reopen(ContainerRecord container) throws Exception {
    if (container.getStage() != ContainerStage.CONTAINER_STAGE_RUNNING) {
      throw CallFailure.precondition(
          "reopen container log: container " + container.getId() + " does not run");
    }
    ContainerRuntime runtime = handlers.get(container.getHandler());
    logRoom.reopen(
        container.getId(), awaited -> runtime.reopenLog(containers.refOf(container), awaited));
    return true;
  }
}
