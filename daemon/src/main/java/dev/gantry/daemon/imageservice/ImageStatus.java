package dev.gantry.daemon.imageservice;

import dev.gantry.cri.v1.ImageStatusRequest;
import dev.gantry.cri.v1.ImageStatusResponse;
import dev.gantry.daemon.json.JsonText;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.image.StoredImage;
import dev.gantry.oci.OciJson;
import java.util.Optional;

/** The status of one image; an empty answer, without error, when there is none. */
public final class ImageStatus implements Rpc<ImageStatusRequest, ImageStatusResponse> {
  private final ImageNaming names;

  public ImageStatus(ImageNaming names) {
    this.names = names;
  }

  @Override
  public ImageStatusResponse handle(ImageStatusRequest request) throws Exception {
    String name = request.getImage().getImage();
    if (name.isEmpty()) {
      throw CallFailure.invalid("image status: image.image is empty");
    }
    Optional<StoredImage> image = names.find(name);
    if (image.isEmpty()) {
      return ImageStatusResponse.getDefaultInstance();
    }
    var response = ImageStatusResponse.newBuilder().setImage(ImageViews.of(image.get()));
    if (request.getVerbose()) {
      response.putInfo("info", info(image.get()));
    }
    return response.build();
  }

  private static String info(StoredImage image) {
    return new JsonText()
        .put("pulledAt", image.pulledAt().toString())
        .put("layers", image.layers().stream().map(Object::toString).toList())
        .putJson("imageSpec", OciJson.toText(image.config()))
        .toString();
  }
}
