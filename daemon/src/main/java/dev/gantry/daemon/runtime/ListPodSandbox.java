package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.ListPodSandboxResponse;
import dev.gantry.cri.v1.PodSandboxFilter;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import java.util.Comparator;

/** Lists the pods that meet all parts of the filter, the newest first, from memory. */
public final class ListPodSandbox implements Rpc<ListPodSandboxRequest, ListPodSandboxResponse> {
  private final RecordStore<PodRecord> pods;

  public ListPodSandbox(RecordStore<PodRecord> pods) {
    this.pods = pods;
  }

  @Override
  public ListPodSandboxResponse handle(ListPodSandboxRequest request) {
    PodSandboxFilter filter = request.getFilter();
    var response = ListPodSandboxResponse.newBuilder();
    pods.all().stream()
        .map(Entry::record)
        .filter(pod -> PodViews.visible(pod) && matches(filter, pod))
        .sorted(Comparator.comparingLong(PodRecord::getCreatedAt).reversed())
        .forEach(pod -> response.addItems(PodViews.line(pod)));
    return response.build();
  }

  private static boolean matches(PodSandboxFilter filter, PodRecord pod) {
    return pod.getId().startsWith(filter.getId())
        && (!filter.hasState() || filter.getState().getState() == PodViews.state(pod))
        && PodViews.selects(filter.getLabelSelectorMap(), pod.getConfig().getLabelsMap());
  }
}
