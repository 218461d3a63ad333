package dev.gantry.image;

import dev.gantry.image.RegistryException.Attempt;
import dev.gantry.image.RegistryException.Kind;
import dev.gantry.oci.ImageReference;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A pull of an image that is here by its id. It is no way around a registry: unless the image is
 * everybody's and no credentials are to be tried, the registry it came from is asked as for its
 * name.
 */
final class PullById {
  private static final Pattern ID =
      Pattern.compile("(sha256:)?[0-9a-f]{64}|(sha512:)?[0-9a-f]{128}");

  /** A pull by name. */
  interface ByName {
    StoredImage pull(ImageReference reference) throws ImageException, InterruptedException;
  }

  private PullById() {}

  /** Whether this is an id in full, and no name. */
  static boolean isId(String text) {
    return ID.matcher(text).matches();
  }

  static StoredImage pull(ImageStore store, String id, Credentials credentials, ByName byName)
      throws ImageException, InterruptedException {
    Optional<StoredImage> found = store.find(id);
    if (found.isEmpty()) {
      throw new RegistryException(
          Kind.NOT_FOUND,
          List.of(
              new Attempt(
                  "image " + id,
                  0,
                  "it is not here, and an id says not where to pull it from; use its name")),
          null);
    }
    StoredImage image = found.get();
    boolean everyones = isEveryones(store, image);
    if (everyones && (credentials.isEmpty() || image.repoDigests().isEmpty())) {
      return image;
    }
    var failures = new ArrayList<ImageException>();
    for (String name : image.repoDigests()) {
      try {
        StoredImage pulled = byName.pull(ImageReference.parse(name));
        if (pulled.id().equals(image.id())) {
          return pulled;
        }
      } catch (ImageException e) {
        failures.add(e);
      }
    }
    if (failures.isEmpty()) {
      throw new RegistryException(
          Kind.UNAUTHORIZED,
          List.of(
              new Attempt(
                  "image " + id,
                  0,
                  "it came with credentials, and there is no registry any more that could say"
                      + " whether these may have it; pull it by its name")),
          null);
    }
    ImageException first = failures.removeFirst();
    failures.forEach(first::addSuppressed);
    throw first.during("pull image " + id);
  }

  private static boolean isEveryones(ImageStore store, StoredImage image) throws StoreException {
    try {
      return store.isEveryones(image);
    } catch (IOException e) {
      throw new StoreException(store.directory(), "read origins in", e);
    }
  }
}
