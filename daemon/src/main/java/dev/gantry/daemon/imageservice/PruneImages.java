package dev.gantry.daemon.imageservice;

import dev.gantry.cri.gantry.PruneImagesRequest;
import dev.gantry.cri.gantry.PruneImagesResponse;
import dev.gantry.cri.gantry.PrunedImage;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.image.ImageStore;
import dev.gantry.image.PruneOptions;
import dev.gantry.image.PruneReport;
import dev.gantry.image.StoredImage;
import java.time.Duration;

/** Removes images that no container uses and no configuration pins. */
public final class PruneImages implements Rpc<PruneImagesRequest, PruneImagesResponse> {
  private static final long LONGEST_SECONDS = Duration.ofDays(36_500).toSeconds();

  private final ImageStore images;

  public PruneImages(ImageStore images) {
    this.images = images;
  }

  @Override
  public PruneImagesResponse handle(PruneImagesRequest request) throws Exception {
    long seconds = request.getOlderThanSeconds();
    if (seconds < 0 || seconds > LONGEST_SECONDS) {
      throw CallFailure.invalid("prune images: older_than_seconds " + seconds + " makes no sense");
    }
    PruneReport report =
        images.prune(
            new PruneOptions(request.getAll(), Duration.ofSeconds(seconds), request.getDryRun()));
    if (!request.getDryRun()) {
      Event.info("images pruned")
          .with("images", report.images().size())
          .with("bytes", report.bytes())
          .log();
    }
    var response = PruneImagesResponse.newBuilder().setBytes(report.bytes());
    for (StoredImage image : report.images()) {
      response.addImages(
          PrunedImage.newBuilder()
              .setId(image.id().toString())
              .addAllNames(image.repoTags().isEmpty() ? image.repoDigests() : image.repoTags()));
    }
    return response.build();
  }
}
