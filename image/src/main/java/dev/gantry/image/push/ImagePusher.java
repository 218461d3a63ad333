package dev.gantry.image.push;

import dev.gantry.image.Credentials;
import dev.gantry.image.ImageContent;
import dev.gantry.image.ImageException;
import dev.gantry.image.ImageStore;
import dev.gantry.image.OutgoingManifest;
import dev.gantry.image.ReferenceException;
import dev.gantry.image.StoreException;
import dev.gantry.image.registry.RegistryClient;
import dev.gantry.oci.ImageReference;
import java.io.IOException;
import java.io.InterruptedIOException;

/**
 * Sends images of a store to registries. Ids stay: the configuration is sent byte for byte. What
 * the registry has is not sent, also when it has it in another repository; an image that is pushed
 * to where it came from keeps its manifest.
 */
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
    String tag = target.tag();
    if (tag == null || target.digest() != null) {
      throw new ReferenceException(
          target.toString(), "a push needs a name with a tag and without a digest");
    }
    try (ImageContent content =
        store
            .content(nameOrId)
            .orElseThrow(() -> new ReferenceException(nameOrId, "there is no such image here"))) {
      var session = registries.openForPush(target, credentials);
      var running = new RunningPush(content, session, target, options, listener);
      OutgoingManifest manifest = run(running, tag);
      return new Pushed(
          target, manifest.digest(), content.image().id(), manifest.original(), running.sent());
    } catch (ImageException e) {
      throw e.during("push " + target);
    } catch (IOException e) {
      throw new StoreException(store.directory(), "push " + target + ": read from", e);
    }
  }

  /** The flag must not cut short what is done when the image is let go. */
  private static OutgoingManifest run(RunningPush push, String tag)
      throws IOException, InterruptedException {
    try {
      return push.run(tag);
    } catch (InterruptedIOException e) {
      Thread.interrupted();
      var interrupted = new InterruptedException(e.getMessage());
      interrupted.initCause(e);
      throw interrupted;
    }
  }
}
