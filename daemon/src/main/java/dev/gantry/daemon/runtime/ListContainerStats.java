package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.v1.ContainerStatsFilter;
import dev.gantry.cri.v1.ListContainerStatsRequest;
import dev.gantry.cri.v1.ListContainerStatsResponse;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.stats.ContainerStatsReader;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import java.io.IOException;

/**
 * The statistics of the running containers that meet the filter. A container that ends meanwhile is
 * left out: an error here would end the kubelet's eviction for all of them.
 */
public final class ListContainerStats
    implements Rpc<ListContainerStatsRequest, ListContainerStatsResponse> {
  private final RecordStore<ContainerRecord> containers;
  private final ContainerStatsReader reader;

  public ListContainerStats(RecordStore<ContainerRecord> containers, ContainerStatsReader reader) {
    this.containers = containers;
    this.reader = reader;
  }

  @Override
  public ListContainerStatsResponse handle(ListContainerStatsRequest request) {
    reader.prepare(container -> matches(request.getFilter(), container));
    var response = ListContainerStatsResponse.newBuilder();
    for (Entry<ContainerRecord> entry : containers.all()) {
      ContainerRecord container = entry.record();
      if (ContainerStatsReader.runs(container) && matches(request.getFilter(), container)) {
        try {
          response.addStats(reader.read(container));
        } catch (IOException | RuntimeException e) {
          Event.debug("no statistics").with("container", container.getId()).because(e).log();
        }
      }
    }
    return response.build();
  }

  private static boolean matches(ContainerStatsFilter filter, ContainerRecord container) {
    return container.getId().startsWith(filter.getId())
        && container.getPodId().startsWith(filter.getPodSandboxId())
        && PodViews.selects(filter.getLabelSelectorMap(), container.getConfig().getLabelsMap());
  }
}
