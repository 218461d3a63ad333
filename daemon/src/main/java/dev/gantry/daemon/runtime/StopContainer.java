package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.ContainerStage;
import dev.gantry.cri.v1.StopContainerRequest;
import dev.gantry.cri.v1.StopContainerResponse;
import dev.gantry.daemon.container.Containers;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.daemon.work.Operations;
import dev.gantry.daemon.work.Stages;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks a container to stop by its stop signal, and kills it when the grace period is over. One that
 * has ended or does not exist is a success. A second call may bring a shorter period, and sends no
 * second signal. It goes on when its caller gives up.
 */
public final class StopContainer implements Rpc<StopContainerRequest, StopContainerResponse> {
  private final RecordStore<ContainerRecord> store;
  private final Operations operations;
  private final Containers containers;

  public StopContainer(
      RecordStore<ContainerRecord> store, Operations operations, Containers containers) {
    this.store = store;
    this.operations = operations;
    this.containers = containers;
  }

  @Override
  public StopContainerResponse handle(StopContainerRequest request) throws Exception {
    if (request.getTimeout() < 0) {
      throw CallFailure.invalid("stop container: timeout " + request.getTimeout() + " is negative");
    }
    Optional<Entry<ContainerRecord>> container = store.find(request.getContainerId());
    if (container.isPresent()) {
      long grace = request.getTimeout();
      operations.run(
          "stop container " + container.get().name() + " within " + grace + " s",
          container.get().id(),
          Boolean.class,
          stages -> stop(container.get(), grace, stages));
    }
    return StopContainerResponse.getDefaultInstance();
  }

  private boolean stop(Entry<ContainerRecord> container, long graceSeconds, Stages stages)
      throws Exception {
    ContainerRecord record = container.record();
    if (record.getStage() == ContainerStage.CONTAINER_STAGE_RUNNING && graceSeconds > 0) {
      stages.enter("grace period after signal " + record.getStopSignal());
      containers.askToStop(container);
      try {
        Containers.ended(container).get(graceSeconds, TimeUnit.SECONDS);
      } catch (TimeoutException graceIsOver) {
        stages.enter("kill after the grace period");
      }
    }
    containers.kill(container);
    return true;
  }
}
