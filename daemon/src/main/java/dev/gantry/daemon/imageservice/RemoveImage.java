package dev.gantry.daemon.imageservice;

import dev.gantry.cri.v1.RemoveImageRequest;
import dev.gantry.cri.v1.RemoveImageResponse;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.image.ImageStore;

/**
 * Removes an image by tag, digest or id; one that does not exist is a success. The layers of an
 * image that containers were made from stay until the last of them is removed.
 */
public final class RemoveImage implements Rpc<RemoveImageRequest, RemoveImageResponse> {
  private final ImageStore images;
  private final ImageNaming names;

  public RemoveImage(ImageStore images, ImageNaming names) {
    this.images = images;
    this.names = names;
  }

  @Override
  public RemoveImageResponse handle(RemoveImageRequest request) throws Exception {
    String name = request.getImage().getImage();
    if (name.isEmpty()) {
      throw CallFailure.invalid("remove image: image.image is empty");
    }
    images.remove(names.stored(name));
    return RemoveImageResponse.getDefaultInstance();
  }
}
