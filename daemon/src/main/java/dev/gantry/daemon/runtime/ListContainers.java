package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerFilter;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.daemon.rpc.EncodedList;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.store.RecordStore;
import java.util.List;

/** Lists the containers that meet all parts of the filter, the newest first, from memory. */
public final class ListContainers implements Rpc<ListContainersRequest, EncodedList> {
  private final RecordStore<ContainerRecord> containers;
  private final WholeList<ContainerRecord> all;

  public ListContainers(RecordStore<ContainerRecord> containers) {
    this.containers = containers;
    this.all =
        new WholeList<>(
            containers,
            ContainerViews::visible,
            ContainerRecord::getCreatedAt,
            ContainerViews::line);
  }

  @Override
  public EncodedList handle(ListContainersRequest request) {
    return request.getFilter().equals(ContainerFilter.getDefaultInstance())
        ? all.get()
        : matching(request.getFilter()).encoded(ContainerViews::line);
  }

  /** The same as messages, for who sends them in parts. */
  List<Container> lines(ContainerFilter filter) {
    return matching(filter).lines(ContainerViews::line);
  }

  private Listing<ContainerRecord> matching(ContainerFilter filter) {
    return new Listing<>(
        containers,
        container -> ContainerViews.visible(container) && matches(filter, container),
        ContainerRecord::getCreatedAt);
  }

  private static boolean matches(ContainerFilter filter, ContainerRecord container) {
    return container.getId().startsWith(filter.getId())
        && container.getPodId().startsWith(filter.getPodSandboxId())
        && (!filter.hasState() || filter.getState().getState() == ContainerViews.state(container))
        && PodViews.selects(filter.getLabelSelectorMap(), container.getConfig().getLabelsMap());
  }
}
