package dev.gantry.daemon.container;

import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.image.ImageStore;
import dev.gantry.image.Lease;
import dev.gantry.oci.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Keeps the layers of images that containers are made from, also when the image itself is removed:
 * a lease of each image for each container, from before its record is written until its record is
 * gone.
 */
public final class ImageLeases {
  private final ImageStore images;
  private final ConcurrentHashMap<String, List<Lease>> byContainer = new ConcurrentHashMap<>();

  public ImageLeases(ImageStore images) {
    this.images = images;
  }

  /**
   * Takes more leases for the container, of all these images or of none.
   *
   * @throws CallFailure NOT_FOUND when one is not there (any more)
   */
  public void take(String containerId, List<String> imageIds) throws CallFailure {
    var leases = new ArrayList<Lease>();
    try {
      for (String imageId : imageIds) {
        leases.add(
            images
                .use(Digest.parse(imageId))
                .orElseThrow(() ->
                    CallFailure.notFound("image " + imageId + " is not on this node; pull it")));
      }
    } catch (CallFailure e) {
      leases.forEach(Lease::close);
      throw e;
    }
    byContainer.merge(
        containerId, leases, (had, more) -> Stream.concat(had.stream(), more.stream()).toList());
  }

  /** Gives the leases back; idempotent. */
  public void release(String containerId) {
    List<Lease> leases = byContainer.remove(containerId);
    if (leases != null) {
      leases.forEach(Lease::close);
    }
  }
}
