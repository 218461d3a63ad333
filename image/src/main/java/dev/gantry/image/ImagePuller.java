package dev.gantry.image;

import dev.gantry.image.RegistryException.Attempt;
import dev.gantry.image.RegistryException.Kind;
import dev.gantry.image.registry.BlobPuller;
import dev.gantry.image.registry.RegistryClient;
import dev.gantry.image.registry.RegistrySession;
import dev.gantry.oci.Descriptor;
import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.Platform;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pulls images into a store. Pulls of the same name with the same credentials are one; a caller
 * that goes away leaves the pull running for whoever asks again.
 */
public final class ImagePuller implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ImagePuller.class);

  private final ImageStore store;
  private final RegistryClient registries;
  private final Platform platform;
  private final Map<Key, Running> running = new ConcurrentHashMap<>();

  private record Key(ImageReference reference, Credentials credentials) {}

  private record Running(
      CompletableFuture<StoredImage> result, PullBroadcast listeners, Thread thread) {}

  public ImagePuller(ImageStore store, RegistryClient registries, Platform platform) {
    this.store = store;
    this.registries = registries;
    this.platform = platform;
  }

  /**
   * Pulls an image, or joins the pull of it that runs.
   *
   * @throws ImageException saying what failed, where and why
   * @throws InterruptedException when the caller is interrupted; the pull goes on
   */
  public StoredImage pull(ImageReference reference, Credentials credentials, PullListener listener)
      throws ImageException, InterruptedException {
    Running pull =
        running.compute(
            new Key(reference, credentials),
            (key, current) -> {
              Running joined = current == null ? start(key) : current;
              joined.listeners().add(listener);
              return joined;
            });
    try {
      return pull.result().get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case ImageException known -> throw known;
        case RuntimeException bug -> throw bug;
        case Error bug -> throw bug;
        case null, default -> throw new IllegalStateException(e);
      }
    } finally {
      pull.listeners().remove(listener);
    }
  }

  /** Names that are being pulled now. */
  public List<ImageReference> pulls() {
    return running.keySet().stream().map(Key::reference).distinct().toList();
  }

  private Running start(Key key) {
    var result = new CompletableFuture<StoredImage>();
    var listeners = new PullBroadcast();
    Thread thread =
        Thread.ofVirtual()
            .name("pull " + key.reference())
            .unstarted(() -> {
              // Removed before it completes: who retries after a failure starts anew.
              try {
                StoredImage image = fetch(key.reference(), key.credentials(), listeners);
                running.remove(key);
                result.complete(image);
              } catch (IOException e) {
                running.remove(key);
                result.completeExceptionally(failed(key.reference(), e));
              } catch (RuntimeException | Error e) {
                running.remove(key);
                result.completeExceptionally(e);
              }
            });
    var made = new Running(result, listeners, thread);
    thread.start();
    return made;
  }

  private StoredImage fetch(
      ImageReference reference, Credentials credentials, PullListener listener) throws IOException {
    long began = System.nanoTime();
    RegistrySession session = registries.open(reference, credentials);
    ImageResolver.Resolved resolved = new ImageResolver(session, platform).resolve(reference);
    ImageDocuments documents = resolved.documents();
    listener.resolved(reference, resolved.named(), documents.manifest().layers());
    StoredImage image =
        store.add(
            documents,
            plans(session, documents),
            ImageNames.pulled(reference, resolved.named()),
            listener);
    LOG.debug(
        "pulled {} as {} in {} ms", reference, image.id(), (System.nanoTime() - began) / 1_000_000);
    return image;
  }

  private static List<LayerPlan> plans(RegistrySession session, ImageDocuments documents) {
    List<Digest> diffIds = documents.config().rootfs().diffIds();
    List<Digest> chainIds = documents.config().chainIds();
    var plans = new ArrayList<LayerPlan>();
    for (int i = 0; i < diffIds.size(); i++) {
      Descriptor layer = documents.manifest().layers().get(i);
      plans.add(
          new LayerPlan(
              layer.digest(),
              layer.size(),
              diffIds.get(i),
              chainIds.get(i),
              () -> BlobPuller.open(session, layer.digest())));
    }
    return plans;
  }

  private ImageException failed(ImageReference reference, IOException cause) {
    ImageException failure =
        switch (cause) {
          case ImageException e -> e;
          case InterruptedIOException e ->
              new RegistryException(
                  Kind.UNREACHABLE,
                  List.of(new Attempt(reference.host(), 0, "given up: the puller is closed")),
                  e);
          case IOException e -> new StoreException(store.directory(), "write", e);
        };
    return failure.during("pull " + reference);
  }

  /** Ends every pull; none leaves anything but whole layers. */
  @Override
  public void close() {
    for (Running pull : running.values()) {
      pull.thread().interrupt();
    }
    for (Running pull : running.values()) {
      try {
        pull.thread().join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
