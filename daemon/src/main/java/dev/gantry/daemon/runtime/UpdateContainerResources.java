package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.ContainerStage;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.UpdateContainerResourcesRequest;
import dev.gantry.cri.v1.UpdateContainerResourcesResponse;
import dev.gantry.daemon.container.Containers;
import dev.gantry.daemon.container.Handlers;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.spec.HostFacts;
import dev.gantry.daemon.spec.ResourceSpec;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.daemon.work.Operations;
import dev.gantry.oci.runtime.LinuxResources;
import java.util.List;

/**
 * Changes the limits of a container while it runs, or before it is started. Its status tells what
 * is in force.
 */
public final class UpdateContainerResources
    implements Rpc<UpdateContainerResourcesRequest, UpdateContainerResourcesResponse> {
  private final RecordStore<ContainerRecord> store;
  private final Operations operations;
  private final Handlers handlers;
  private final Containers containers;
  private final HostFacts host;

  public UpdateContainerResources(
      RecordStore<ContainerRecord> store,
      Operations operations,
      Handlers handlers,
      Containers containers,
      HostFacts host) {
    this.store = store;
    this.operations = operations;
    this.handlers = handlers;
    this.containers = containers;
    this.host = host;
  }

  @Override
  public UpdateContainerResourcesResponse handle(UpdateContainerResourcesRequest request)
      throws Exception {
    if (request.hasWindows()) {
      throw CallFailure.invalid("windows: this node runs containers of Linux; leave it out");
    }
    Entry<ContainerRecord> container = store.get(request.getContainerId());
    operations.runInTurn(
        "update container " + container.name(),
        request,
        Boolean.class,
        stages -> update(container, request.getLinux()));
    return UpdateContainerResourcesResponse.getDefaultInstance();
  }

  private boolean update(Entry<ContainerRecord> container, LinuxContainerResources update)
      throws Exception {
    ContainerRecord record = container.record();
    ContainerStage stage = record.getStage();
    if (stage != ContainerStage.CONTAINER_STAGE_CREATED
        && stage != ContainerStage.CONTAINER_STAGE_RUNNING) {
      throw CallFailure.precondition(
          "update container "
              + container.name()
              + ": it is neither created nor running ("
              + ContainerViews.state(record).name()
              + ")");
    }
    LinuxContainerResources merged = ResourceSpec.merge(record.getResources(), update);
    LinuxResources limits = ResourceSpec.of(merged, host, List.of());
    handlers
        .get(record.getHandler())
        .update(
            containers.refOf(record),
            limits,
            update.getOomScoreAdj() == 0 ? null : ResourceSpec.oomScoreAdj(update, host));
    container.update(r -> r.toBuilder().setResources(merged).build());
    return true;
  }
}
