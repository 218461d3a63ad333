package dev.gantry.daemon.runtime;

import dev.gantry.cri.v1.StreamContainersRequest;
import dev.gantry.cri.v1.StreamContainersResponse;
import dev.gantry.daemon.rpc.Chunks;
import dev.gantry.daemon.rpc.Responses;
import dev.gantry.daemon.rpc.StreamRpc;

/** ListContainers in several messages, for nodes on which one would be too large. */
public final class StreamContainers
    implements StreamRpc<StreamContainersRequest, StreamContainersResponse> {
  private final ListContainers list;

  public StreamContainers(ListContainers list) {
    this.list = list;
  }

  @Override
  public void handle(StreamContainersRequest request, Responses<StreamContainersResponse> responses)
      throws Exception {
    Chunks.send(
        list.lines(request.getFilter()),
        part ->
            responses.send(StreamContainersResponse.newBuilder().addAllContainers(part).build()));
  }
}
