package dev.gantry.daemon.imageservice;

import dev.gantry.cri.gantry.PushImageRequest;
import dev.gantry.cri.gantry.PushImageResponse;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Responses;
import dev.gantry.daemon.rpc.StreamRpc;
import dev.gantry.image.StoredImage;
import dev.gantry.image.push.ImagePusher;
import dev.gantry.image.push.PushOptions;
import dev.gantry.image.push.Pushed;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.MediaTypes.Compression;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Sends an image to a registry; ends when the caller goes away. */
public final class PushImage implements StreamRpc<PushImageRequest, PushImageResponse> {
  private static final int TELL_MILLIS = 100;
  private static final int PARALLEL = 3;

  private final ImageNaming names;
  private final ImagePusher pusher;

  public PushImage(ImageNaming names, ImagePusher pusher) {
    this.names = names;
    this.pusher = pusher;
  }

  @Override
  public void handle(PushImageRequest request, Responses<PushImageResponse> responses)
      throws Exception {
    ImageReference target = target(request);
    String source = names.stored(request.getImage());
    var options =
        new PushOptions(Compressions.of(request.getCompression(), Compression.GZIP), PARALLEL);
    var progress = new PushProgress();
    var result = new CompletableFuture<Pushed>();
    Thread push =
        Thread.ofVirtual()
            .name("push " + target)
            .start(() -> {
              try {
                result.complete(
                    pusher.push(
                        source,
                        target,
                        AuthConfigs.credentials(request.getAuth()),
                        options,
                        progress));
              } catch (Throwable e) {
                result.completeExceptionally(e);
              }
            });
    try {
      Pushed pushed = tell(result, progress, responses);
      Event.info("image pushed")
          .with("image", request.getImage())
          .with("name", pushed.name())
          .with("manifest", pushed.manifest())
          .with("bytes", pushed.sentBytes())
          .log();
    } finally {
      push.interrupt();
      push.join();
    }
  }

  private Pushed tell(
      CompletableFuture<Pushed> result,
      PushProgress progress,
      Responses<PushImageResponse> responses)
      throws Exception {
    while (true) {
      try {
        Pushed pushed = result.get(TELL_MILLIS, TimeUnit.MILLISECONDS);
        responses.send(
            progress
                .response()
                .setDigest(pushed.manifest().toString())
                .setName(pushed.name().toString())
                .build());
        return pushed;
      } catch (TimeoutException running) {
        responses.send(progress.response().build());
      } catch (ExecutionException e) {
        throw e.getCause() instanceof Exception cause ? cause : e;
      }
    }
  }

  /** What the image is to be called there: as asked for, else by the name that it has here. */
  private ImageReference target(PushImageRequest request) throws Exception {
    String image = request.getImage();
    if (image.isEmpty()) {
      throw CallFailure.invalid("push image: image is empty");
    }
    StoredImage stored =
        names
            .find(image)
            .orElseThrow(
                () -> CallFailure.notFound("push " + image + ": there is no such image here"));
    if (!request.getDestination().isEmpty()) {
      return ImageReference.parse(request.getDestination());
    }
    if (stored.id().toString().contains(image)) {
      throw CallFailure.invalid(
          "push " + image + ": an id says not where to; name a destination, as HOST/NAME:TAG");
    }
    return ImageReference.parse(names.stored(image));
  }
}
