package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerFilter;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.daemon.rpc.EncodedList;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Lists the containers that meet all parts of the filter, the newest first, from memory. */
public final class ListContainers implements Rpc<ListContainersRequest, EncodedList> {
  private final RecordStore<ContainerRecord> containers;

  public ListContainers(RecordStore<ContainerRecord> containers) {
    this.containers = containers;
  }

  /** A container at the time of the list. */
  private record Listed(Entry<ContainerRecord> entry, ContainerRecord record) {}

  @Override
  public EncodedList handle(ListContainersRequest request) {
    return new EncodedList(
        matching(request.getFilter())
            .map(listed -> listed.entry().item(listed.record(), ContainerViews::line))
            .toList());
  }

  /** The same as messages, for who sends them in parts. */
  List<Container> lines(ContainerFilter filter) {
    return matching(filter).map(listed -> ContainerViews.line(listed.record())).toList();
  }

  private Stream<Listed> matching(ContainerFilter filter) {
    return containers.all().stream()
        .map(entry -> new Listed(entry, entry.record()))
        .filter(
            listed -> ContainerViews.visible(listed.record()) && matches(filter, listed.record()))
        .sorted(
            Comparator.comparingLong((Listed listed) -> listed.record().getCreatedAt()).reversed());
  }

  private static boolean matches(ContainerFilter filter, ContainerRecord container) {
    return container.getId().startsWith(filter.getId())
        && container.getPodId().startsWith(filter.getPodSandboxId())
        && (!filter.hasState() || filter.getState().getState() == ContainerViews.state(container))
        && PodViews.selects(filter.getLabelSelectorMap(), container.getConfig().getLabelsMap());
  }
}
