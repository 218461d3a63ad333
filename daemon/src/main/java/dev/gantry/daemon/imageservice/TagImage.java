package dev.gantry.daemon.imageservice;

import dev.gantry.cri.gantry.TagImageRequest;
import dev.gantry.cri.gantry.TagImageResponse;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.image.ImageStore;
import dev.gantry.image.StoredImage;
import dev.gantry.oci.ImageReference;

/** Gives an image a further name. */
public final class TagImage implements Rpc<TagImageRequest, TagImageResponse> {
  private final ImageStore images;
  private final ImageNaming names;

  public TagImage(ImageStore images, ImageNaming names) {
    this.images = images;
    this.names = names;
  }

  @Override
  public TagImageResponse handle(TagImageRequest request) throws Exception {
    if (request.getImage().isEmpty() || request.getName().isEmpty()) {
      throw CallFailure.invalid("tag image: image and name are needed");
    }
    StoredImage image =
        images
            .tag(names.stored(request.getImage()), request.getName())
            .orElseThrow(() ->
                CallFailure.notFound(
                    "tag image " + request.getImage() + ": there is no such image here"));
    return TagImageResponse.newBuilder()
        .setId(image.id().toString())
        .setName(ImageReference.parse(request.getName()).toString())
        .build();
  }
}
