package dev.gantry.daemon.runtime;

import dev.gantry.cri.v1.ListPodSandboxRequest;
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
    var whole = ListPodSandboxRequest.newBuilder().setFilter(request.getFilter()).build();
    Chunks.send(
        list.handle(whole).getItemsList(),
        part ->
            responses.send(
                StreamPodSandboxesResponse.newBuilder().addAllPodSandboxes(part).build()));
  }
}
