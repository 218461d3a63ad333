package dev.gantry.daemon.imageservice;

import dev.gantry.image.ImageException;
import dev.gantry.image.ImageStore;
import dev.gantry.image.RegistryException;
import dev.gantry.image.StoredImage;
import dev.gantry.image.registry.ShortNames;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.InvalidReferenceException;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds what a request calls an image: an id, or a name that may leave out the registry, which then
 * is the one that a pull of that name would have taken.
 */
public final class ImageNaming {
  private static final Logger LOG = LoggerFactory.getLogger(ImageNaming.class);

  private final ImageStore images;
  private final ShortNames names;

  public ImageNaming(ImageStore images, ShortNames names) {
    this.images = images;
    this.names = names;
  }

  /**
   * What to pull for a name, in the order in which it is tried.
   *
   * @throws RegistryException when registries.conf leaves it open or does not parse
   */
  List<ImageReference> candidates(String name) throws RegistryException {
    return names.candidates(name);
  }

  /** The image in the store; empty when there is none. */
  Optional<StoredImage> find(String name) throws ImageException {
    return images.find(stored(name));
  }

  /** The name under which the store has it, or the name as it is. */
  String stored(String name) throws ImageException {
    if (name.startsWith("sha256:") || name.startsWith("sha512:")) {
      return name;
    }
    try {
      for (ImageReference candidate : names.candidates(name)) {
        if (images.find(candidate.toString()).isPresent()) {
          return candidate.toString();
        }
      }
    } catch (InvalidReferenceException noName) {
      return name; // an id
    } catch (RegistryException unclear) {
      // Asking what is here must not depend on what is written about elsewhere; the pull will fail.
      LOG.warn("{}: {}", name, unclear.getMessage());
    }
    return name;
  }
}
