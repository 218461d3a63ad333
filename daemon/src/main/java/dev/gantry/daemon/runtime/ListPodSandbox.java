package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxFilter;
import dev.gantry.daemon.rpc.EncodedList;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Lists the pods that meet all parts of the filter, the newest first, from memory. */
public final class ListPodSandbox implements Rpc<ListPodSandboxRequest, EncodedList> {
  private final RecordStore<PodRecord> pods;

  public ListPodSandbox(RecordStore<PodRecord> pods) {
    this.pods = pods;
  }

  /** A pod at the time of the list. */
  private record Listed(Entry<PodRecord> entry, PodRecord record) {}

  @Override
  public EncodedList handle(ListPodSandboxRequest request) {
    return new EncodedList(
        matching(request.getFilter())
            .map(listed -> listed.entry().item(listed.record(), PodViews::line))
            .toList());
  }

  /** The same as messages, for who sends them in parts. */
  List<PodSandbox> lines(PodSandboxFilter filter) {
    return matching(filter).map(listed -> PodViews.line(listed.record())).toList();
  }

  private Stream<Listed> matching(PodSandboxFilter filter) {
    return pods.all().stream()
        .map(entry -> new Listed(entry, entry.record()))
        .filter(listed -> PodViews.visible(listed.record()) && matches(filter, listed.record()))
        .sorted(
            Comparator.comparingLong((Listed listed) -> listed.record().getCreatedAt()).reversed());
  }

  private static boolean matches(PodSandboxFilter filter, PodRecord pod) {
    return pod.getId().startsWith(filter.getId())
        && (!filter.hasState() || filter.getState().getState() == PodViews.state(pod))
        && PodViews.selects(filter.getLabelSelectorMap(), pod.getConfig().getLabelsMap());
  }
}
