package dev.gantry.daemon.imageservice;

import dev.gantry.cri.gantry.UntagImageRequest;
import dev.gantry.cri.gantry.UntagImageResponse;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.image.ImageStore;
import dev.gantry.image.RemoveOutcome;
import dev.gantry.oci.ImageReference;

/** Takes one name from an image; the image goes with its last one. */
public final class UntagImage implements Rpc<UntagImageRequest, UntagImageResponse> {
  private final ImageStore images;
  private final ImageNaming names;

  public UntagImage(ImageStore images, ImageNaming names) {
    this.images = images;
    this.names = names;
  }

  @Override
  public UntagImageResponse handle(UntagImageRequest request) throws Exception {
    // An id would take all names; it is refused here, as it is no name.
    ImageReference name = ImageReference.parse(names.stored(request.getName()));
    RemoveOutcome outcome = images.untag(name.toString());
    if (outcome == RemoveOutcome.ABSENT) {
      throw CallFailure.notFound("untag image " + request.getName() + ": there is no such name");
    }
    return UntagImageResponse.newBuilder()
        .setName(name.toString())
        .setRemoved(outcome != RemoveOutcome.UNTAGGED)
        .build();
  }
}
