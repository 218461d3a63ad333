package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.v1.ListPodSandboxMetricsRequest;
import dev.gantry.cri.v1.ListPodSandboxMetricsResponse;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.stats.MetricsReader;
import dev.gantry.daemon.stats.PodStatsReader;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import java.io.IOException;

/** The metrics of all ready pods; one that is stopped meanwhile is left out. */
public final class ListPodSandboxMetrics
    implements Rpc<ListPodSandboxMetricsRequest, ListPodSandboxMetricsResponse> {
  private final RecordStore<PodRecord> pods;
  private final MetricsReader reader;

  public ListPodSandboxMetrics(RecordStore<PodRecord> pods, MetricsReader reader) {
    this.pods = pods;
    this.reader = reader;
  }

  @Override
  public ListPodSandboxMetricsResponse handle(ListPodSandboxMetricsRequest request) {
    reader.prepare();
    var response = ListPodSandboxMetricsResponse.newBuilder();
    for (Entry<PodRecord> entry : pods.all()) {
      PodRecord pod = entry.record();
      if (PodStatsReader.runs(pod)) {
        try {
          response.addPodMetrics(reader.read(pod));
        } catch (IOException | RuntimeException e) {
          Event.debug("no metrics").with("pod", pod.getId()).because(e).log();
        }
      }
    }
    return response.build();
  }
}
