package dev.gantry.daemon.imageservice;

import dev.gantry.cri.v1.Image;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.Int64Value;
import dev.gantry.image.StoredImage;

/** How a stored image looks to a client of the CRI. */
final class ImageViews {
  private ImageViews() {}

  /** The image; its configured user is told as a number where it is one, by name otherwise. */
  static Image of(StoredImage stored) {
    var image =
        Image.newBuilder()
            .setId(stored.id().toString())
            .addAllRepoTags(stored.repoTags())
            .addAllRepoDigests(stored.repoDigests())
            .setSize(stored.sizeBytes())
            .setSpec(ImageSpec.newBuilder().setImage(stored.id().toString()))
            .setPinned(stored.pinned());
    String configured = stored.config().config().user();
    String user = configured == null ? "" : configured.split(":", -1)[0];
    if (user.matches("\\d{1,10}")) {
      image.setUid(Int64Value.newBuilder().setValue(Long.parseLong(user)));
    } else {
      image.setUsername(user);
    }
    return image.build();
  }
}
