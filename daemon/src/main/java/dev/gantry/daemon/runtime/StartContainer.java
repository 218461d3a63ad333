package dev.gantry.daemon.runtime;

import dev.gantry.container.ContainerRuntime;
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
    ContainerRuntime runtime = handlers.get(record.getHandler());
    // Said first: a short-lived container may have ended before the runtime's answer is here.
    // After a kill in between, recovery sees by the runtime's fifo that it was not started.
    container.update(StartContainer::running);
    try {
      runtime.start(containers.refOf(record));
      return true;
    } catch (RuntimeFailure e) {
      container.settle(r -> Exits.startError(r, String.valueOf(e.getMessage())));
      runtime.killAll(containers.refOf(record));
      throw e;
    }
  }

  private static ContainerRecord running(ContainerRecord record) {
    return record.getStage() != ContainerStage.CONTAINER_STAGE_CREATED
        ? record
        : record.toBuilder()
            .setStage(ContainerStage.CONTAINER_STAGE_RUNNING)
            .setStartedAt(Clock.now())
            .build();
  }
}
