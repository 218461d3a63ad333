package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.v1.ContainerFilter;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListContainersResponse;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import java.util.Comparator;

/** Lists the containers that meet all parts of the filter, the newest first, from memory. */
public final class ListContainers implements Rpc<ListContainersRequest, ListContainersResponse> {
  private final RecordStore<ContainerRecord> containers;

  public ListContainers(RecordStore<ContainerRecord> containers) {
    this.containers = containers;
  }

  @Override
  public ListContainersResponse handle(ListContainersRequest request) {
    ContainerFilter filter = request.getFilter();
    var response = ListContainersResponse.newBuilder();
    containers.all().stream()
        .map(Entry::record)
        .filter(container -> ContainerViews.visible(container) && matches(filter, container))
        .sorted(Comparator.comparingLong(ContainerRecord::getCreatedAt).reversed())
        .forEach(container -> response.addContainers(ContainerViews.line(container)));
    return response.build();
  }

  private static boolean matches(ContainerFilter filter, ContainerRecord container) {
    return container.getId().startsWith(filter.getId())
        && container.getPodId().startsWith(filter.getPodSandboxId())
        && (!filter.hasState() || filter.getState().getState() == ContainerViews.state(container))
        && PodViews.selects(filter.getLabelSelectorMap(), container.getConfig().getLabelsMap());
  }
}
