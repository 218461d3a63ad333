package dev.gantry.daemon.imageservice;

import dev.gantry.cri.v1.ListImagesRequest;
import dev.gantry.cri.v1.ListImagesResponse;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.image.ImageStore;

/** Lists the stored images, or the one that the filter names. */
public final class ListImages implements Rpc<ListImagesRequest, ListImagesResponse> {
  private final ImageStore images;
  private final ImageNaming names;

  public ListImages(ImageStore images, ImageNaming names) {
    this.images = images;
    this.names = names;
  }

  @Override
  public ListImagesResponse handle(ListImagesRequest request) throws Exception {
    String name = request.getFilter().getImage().getImage();
    var response = ListImagesResponse.newBuilder();
    (name.isEmpty() ? images.list() : names.find(name).stream().toList())
        .forEach(image -> response.addImages(ImageViews.of(image)));
    return response.build();
  }
}
