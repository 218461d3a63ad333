package dev.gantry.daemon.imageservice;

import dev.gantry.cri.v1.ListImagesRequest;
import dev.gantry.cri.v1.StreamImagesRequest;
import dev.gantry.cri.v1.StreamImagesResponse;
import dev.gantry.daemon.rpc.Chunks;
import dev.gantry.daemon.rpc.Responses;
import dev.gantry.daemon.rpc.StreamRpc;

/** ListImages in several messages, for nodes on which one would be too large. */
public final class StreamImages implements StreamRpc<StreamImagesRequest, StreamImagesResponse> {
  private final ListImages list;

  public StreamImages(ListImages list) {
    this.list = list;
  }

  @Override
  public void handle(StreamImagesRequest request, Responses<StreamImagesResponse> responses)
      throws Exception {
    var whole = ListImagesRequest.newBuilder().setFilter(request.getFilter()).build();
    Chunks.send(
        list.handle(whole).getImagesList(),
        part -> responses.send(StreamImagesResponse.newBuilder().addAllImages(part).build()));
  }
}
