package dev.gantry.daemon.runtime;

import dev.gantry.cri.v1.ListMetricDescriptorsRequest;
import dev.gantry.cri.v1.ListMetricDescriptorsResponse;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.stats.MetricsReader;

/** Names the metrics that ListPodSandboxMetrics yields. */
public final class ListMetricDescriptors
    implements Rpc<ListMetricDescriptorsRequest, ListMetricDescriptorsResponse> {
  @Override
  public ListMetricDescriptorsResponse handle(ListMetricDescriptorsRequest request) {
    return ListMetricDescriptorsResponse.newBuilder()
        .addAllDescriptors(MetricsReader.descriptors())
        .build();
  }
}
