package dev.gantry.daemon.runtime;

import dev.gantry.cri.v1.ListPodSandboxStatsRequest;
import dev.gantry.cri.v1.StreamPodSandboxStatsRequest;
import dev.gantry.cri.v1.StreamPodSandboxStatsResponse;
import dev.gantry.daemon.rpc.Chunks;
import dev.gantry.daemon.rpc.Responses;
import dev.gantry.daemon.rpc.StreamRpc;

/** ListPodSandboxStats in several messages, for nodes on which one would be too large. */
public final class StreamPodSandboxStats
    implements StreamRpc<StreamPodSandboxStatsRequest, StreamPodSandboxStatsResponse> {
  private final ListPodSandboxStats list;

  public StreamPodSandboxStats(ListPodSandboxStats list) {
    this.list = list;
  }

  @Override
  public void handle(
      StreamPodSandboxStatsRequest request, Responses<StreamPodSandboxStatsResponse> responses)
      throws Exception {
    var whole = ListPodSandboxStatsRequest.newBuilder().setFilter(request.getFilter()).build();
    Chunks.send(
        list.handle(whole).getStatsList(),
        part ->
            responses.send(
                StreamPodSandboxStatsResponse.newBuilder().addAllPodSandboxStats(part).build()));
  }
}
