package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.v1.ListPodSandboxStatsRequest;
import dev.gantry.cri.v1.ListPodSandboxStatsResponse;
import dev.gantry.cri.v1.PodSandboxStatsFilter;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.stats.PodStatsReader;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The statistics of the running pods that meet the filter. A pod that is stopped meanwhile is left
 * out: an error here would end the kubelet's eviction for all of them.
 */
public final class ListPodSandboxStats
    implements Rpc<ListPodSandboxStatsRequest, ListPodSandboxStatsResponse> {
  private final RecordStore<PodRecord> pods;
  private final PodStatsReader reader;

  public ListPodSandboxStats(RecordStore<PodRecord> pods, PodStatsReader reader) {
    this.pods = pods;
    this.reader = reader;
  }

  @Override
  public ListPodSandboxStatsResponse handle(ListPodSandboxStatsRequest request) {
    List<PodRecord> wanted =
        pods.all().stream()
            .map(Entry::record)
            .filter(pod -> PodStatsReader.runs(pod) && matches(request.getFilter(), pod))
            .toList();
    reader.prepare(wanted.stream().map(PodRecord::getId).collect(Collectors.toSet()));
    var response = ListPodSandboxStatsResponse.newBuilder();
    for (PodRecord pod : wanted) {
      try {
        response.addStats(reader.read(pod));
      } catch (IOException | RuntimeException e) {
        Event.debug("no statistics").with("pod", pod.getId()).because(e).log();
      }
    }
    return response.build();
  }

  private static boolean matches(PodSandboxStatsFilter filter, PodRecord pod) {
    return pod.getId().startsWith(filter.getId())
        && PodViews.selects(filter.getLabelSelectorMap(), pod.getConfig().getLabelsMap());
  }
}
