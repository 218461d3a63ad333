package dev.gantry.daemon.runtime;

import dev.gantry.cri.v1.StreamPodSandboxesRequest;
import dev.gantry.cri.v1.StreamPodSandboxesResponse;
import dev.gantry.daemon.rpc.Chunks;
import dev.gantry.daemon.rpc.Responses;
import dev.gantry.daemon.rpc.StreamRpc;

/** ListPodSandbox in several messages, for nodes on which one would be too large. */
public final class StreamPodSandboxes
    implements StreamRpc<StreamPodSandboxesRequest, StreamPodSandboxesResponse> {
  private final ListPodSandbox list;

  public StreamPodSandboxes(ListPodSandbox list) {
    this.list = list;
  }

  @Override
  public void handle(
      StreamPodSandboxesRequest request, Responses<StreamPodSandboxesResponse> responses)
      throws Exception {
    Chunks.send(
        list.lines(request.getFilter()),
        part ->
            responses.send(
                StreamPodSandboxesResponse.newBuilder().addAllPodSandboxes(part).build()));
  }
}
