package dev.gantry.daemon.runtime;

import dev.gantry.container.RuntimeFailure;
import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.ContainerStage;
import dev.gantry.cri.v1.StartContainerRequest;
import dev.gantry.cri.v1.StartContainerResponse;
import dev.gantry.daemon.container.Containers;
import dev.gantry.daemon.container.Exits;
import dev.gantry.daemon.container.Handlers;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.daemon.work.Operations;

/**
 * Starts a created container; one that runs is a success. A container that cannot be started has
 * ended with exit code 128 and reason {@code StartError}.
 */
public final class StartContainer implements Rpc<StartContainerRequest, StartContainerResponse> {
  private final RecordStore<ContainerRecord> store;
  private final Operations operations;
  private final Handlers handlers;
  private final Containers containers;

  public StartContainer(
      RecordStore<ContainerRecord> store,
      Operations operations,
      Handlers handlers,
      Containers containers) {
    this.store = store;
    this.operations = operations;
    this.handlers = handlers;
    this.containers = containers;
  }

  @Override
  public StartContainerResponse handle(StartContainerRequest request) throws Exception {
    Entry<ContainerRecord> container = store.get(request.getContainerId());
    operations.run(
        "start container " + container.name(),
        container.id(),
        Boolean.class,
        stages -> start(container));
    return StartContainerResponse.getDefaultInstance();
  }

  private boolean start(Entry<ContainerRecord> container) throws Exception {
    ContainerRecord record = container.record();
    switch (record.getStage()) {
      case CONTAINER_STAGE_RUNNING -> {
        return true;
      }
      case CONTAINER_STAGE_CREATED -> {}
      default ->
          throw CallFailure.precondition(
              "start container "
                  + container.name()
                  + ": it has ended ("
                  + record.getReason()
                  + "); a container starts once");
    }
    // Said first: a short-lived container may have ended before the runtime's answer is here.
    container.update(r ->
        r.toBuilder()
            .setStage(ContainerStage.CONTAINER_STAGE_RUNNING)
            .setStartedAt(Clock.now())
            .build());
    try {
      handlers.get(record.getHandler()).start(containers.refOf(record));
      return true;
    } catch (RuntimeFailure e) {
      container.update(r -> Exits.startError(r, String.valueOf(e.getMessage())));
      throw e;
    }
  }
}
