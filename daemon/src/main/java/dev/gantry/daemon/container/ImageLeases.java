package dev.gantry.daemon.container;

import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.image.ImageStore;
import dev.gantry.image.Lease;
import dev.gantry.oci.Digest;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps the layers of images that containers are made from, also when the image itself is removed:
 * one lease for each container, from before its record is written until its record is gone.
 */
public final class ImageLeases {
  private final ImageStore images;
  private final ConcurrentHashMap<String, Lease> byContainer = new ConcurrentHashMap<>();

  public ImageLeases(ImageStore images) {
    this.images = images;
  }

  /**
   * Takes a lease for the container.
   *
   * @throws CallFailure NOT_FOUND when the image is not there (any more)
   */
  public void take(String containerId, String imageId) throws CallFailure {
    Lease lease =
        images
            .use(Digest.parse(imageId))
            .orElseThrow(
                () -> CallFailure.notFound("image " + imageId + " is not on this node; pull it"));
    byContainer.put(containerId, lease);
  }

  /** Gives the lease back; idempotent. */
  public void release(String containerId) {
    Lease lease = byContainer.remove(containerId);
    if (lease != null) {
      lease.close();
    }
  }
}
