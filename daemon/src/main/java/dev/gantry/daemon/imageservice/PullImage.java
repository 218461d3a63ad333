package dev.gantry.daemon.imageservice;

import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.PullImageResponse;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.image.Credentials;
import dev.gantry.image.ImagePuller;
import dev.gantry.image.PullListener;
import dev.gantry.image.StoredImage;

/**
 * Pulls an image and answers with its id. The puller joins pulls of the same thing. A caller whose
 * call is cancelled or has run out of time leaves; the pull goes on for a while, and its retry
 * joins it.
 */
public final class PullImage implements Rpc<PullImageRequest, PullImageResponse> {
  private final ImagePuller puller;

  public PullImage(ImagePuller puller) {
    this.puller = puller;
  }

  @Override
  public PullImageResponse handle(PullImageRequest request) throws Exception {
    String name = request.getImage().getImage();
    if (name.isEmpty()) {
      throw CallFailure.invalid("pull image: image.image is empty");
    }
    Credentials credentials = AuthConfigs.credentials(request.getAuth());
    long start = System.nanoTime();
    StoredImage image = puller.pull(name, credentials, PullListener.NONE);
    Event.info("image pulled")
        .with("image", name)
        .with("id", image.id())
        .with("bytes", image.sizeBytes())
        .with("ms", (System.nanoTime() - start) / 1_000_000)
        .log();
    return PullImageResponse.newBuilder().setImageRef(image.id().toString()).build();
  }
}
