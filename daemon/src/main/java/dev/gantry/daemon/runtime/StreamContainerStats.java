package dev.gantry.daemon.runtime;

import dev.gantry.cri.v1.ListContainerStatsRequest;
import dev.gantry.cri.v1.StreamContainerStatsRequest;
import dev.gantry.cri.v1.StreamContainerStatsResponse;
import dev.gantry.daemon.rpc.Chunks;
import dev.gantry.daemon.rpc.Responses;
import dev.gantry.daemon.rpc.StreamRpc;

/** ListContainerStats in several messages, for nodes on which one would be too large. */
public final class StreamContainerStats
    implements StreamRpc<StreamContainerStatsRequest, StreamContainerStatsResponse> {
  private final ListContainerStats list;

  public StreamContainerStats(ListContainerStats list) {
    this.list = list;
  }

  @Override
  public void handle(
      StreamContainerStatsRequest request, Responses<StreamContainerStatsResponse> responses)
      throws Exception {
    var whole = ListContainerStatsRequest.newBuilder().setFilter(request.getFilter()).build();
    Chunks.send(
        list.handle(whole).getStatsList(),
        part ->
            responses.send(
                StreamContainerStatsResponse.newBuilder().addAllContainerStats(part).build()));
  }
}
