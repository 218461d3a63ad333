package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxFilter;
import dev.gantry.daemon.rpc.EncodedList;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.store.RecordStore;
import java.util.List;

/** Lists the pods that meet all parts of the filter, the newest first, from memory. */
public final class ListPodSandbox implements Rpc<ListPodSandboxRequest, EncodedList> {
  private final RecordStore<PodRecord> pods;
  private final WholeList<PodRecord> all;

  public ListPodSandbox(RecordStore<PodRecord> pods) {
    this.pods = pods;
    this.all = new WholeList<>(pods, PodViews::visible, PodRecord::getCreatedAt, PodViews::line);
  }

  @Override
  public EncodedList handle(ListPodSandboxRequest request) {
    return request.getFilter().equals(PodSandboxFilter.getDefaultInstance())
        ? all.get()
        : matching(request.getFilter()).encoded(PodViews::line);
  }

  /** The same as messages, for who sends them in parts. */
  List<PodSandbox> lines(PodSandboxFilter filter) {
    return matching(filter).lines(PodViews::line);
  }

  private Listing<PodRecord> matching(PodSandboxFilter filter) {
    return new Listing<>(
        pods, pod -> PodViews.visible(pod) && matches(filter, pod), PodRecord::getCreatedAt);
  }

  private static boolean matches(PodSandboxFilter filter, PodRecord pod) {
    return pod.getId().startsWith(filter.getId())
        && (!filter.hasState() || filter.getState().getState() == PodViews.state(pod))
        && PodViews.selects(filter.getLabelSelectorMap(), pod.getConfig().getLabelsMap());
  }
}
