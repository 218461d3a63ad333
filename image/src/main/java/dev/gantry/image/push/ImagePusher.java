package dev.gantry.image.push;

import dev.gantry.image.Credentials;
import dev.gantry.image.ImageException;
import dev.gantry.image.ImageStore;
import dev.gantry.image.registry.RegistryClient;
import dev.gantry.oci.ImageReference;

/** Sends images of a store to registries. Ids stay: the configuration is sent byte for byte. */
@SuppressWarnings("DoNotCallSuggester") // its body follows
public final class ImagePusher {
  private final ImageStore store;
  private final RegistryClient registries;

  public ImagePusher(ImageStore store, RegistryClient registries) {
    this.store = store;
    this.registries = registries;
  }

  /**
   * Pushes the image of a name or id as {@code target}, which must have a tag (and no digest).
   *
   * @throws ImageException saying what failed, where and why
   * @throws InterruptedException when the caller is interrupted; the push has ended then
   */
  public Pushed push(
      String nameOrId,
      ImageReference target,
      Credentials credentials,
      PushOptions options,
      PushListener listener)
      throws ImageException, InterruptedException {
    registries.openForPush(target, credentials);
    throw new dev.gantry.image.UnsupportedImageException("push from " + store.directory());
  }
}
