package dev.gantry.daemon.runtime;

import dev.gantry.cri.v1.ListPodSandboxMetricsRequest;
import dev.gantry.cri.v1.StreamPodSandboxMetricsRequest;
import dev.gantry.cri.v1.StreamPodSandboxMetricsResponse;
import dev.gantry.daemon.rpc.Chunks;
import dev.gantry.daemon.rpc.Responses;
import dev.gantry.daemon.rpc.StreamRpc;

/** ListPodSandboxMetrics in several messages, for nodes on which one would be too large. */
public final class StreamPodSandboxMetrics
    implements StreamRpc<StreamPodSandboxMetricsRequest, StreamPodSandboxMetricsResponse> {
  private final ListPodSandboxMetrics list;

  public StreamPodSandboxMetrics(ListPodSandboxMetrics list) {
    this.list = list;
  }

  @Override
  public void handle(
      StreamPodSandboxMetricsRequest request, Responses<StreamPodSandboxMetricsResponse> responses)
      throws Exception {
    Chunks.send(
        list.handle(ListPodSandboxMetricsRequest.getDefaultInstance()).getPodMetricsList(),
        part ->
            responses.send(
                StreamPodSandboxMetricsResponse.newBuilder()
                    .addAllPodSandboxMetrics(part)
                    .build()));
  }
}
