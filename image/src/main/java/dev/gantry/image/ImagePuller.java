package dev.gantry.image;

import dev.gantry.image.RegistryException.Attempt;
import dev.gantry.image.RegistryException.Kind;
import dev.gantry.image.policy.ImageOrigin;
import dev.gantry.image.policy.RegistrySignatures;
import dev.gantry.image.policy.TrustPolicy;
import dev.gantry.image.registry.RegistryClient;
import dev.gantry.image.registry.RegistrySession;
import dev.gantry.image.registry.ShortNames;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.InvalidReferenceException;
import dev.gantry.oci.Platform;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
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
  private final TrustPolicy policy;
  private final PullSettings settings;
  private final PullObserver observer;
  private final PullLog log;
  private final Map<Key, RunningPull> running = new ConcurrentHashMap<>();

  private record Key(ImageReference reference, Credentials credentials) {}

  /**
   * @param policy is asked when an image is resolved and before a layer of it is fetched
   */
  public ImagePuller(
      ImageStore store,
      RegistryClient registries,
      Platform platform,
      TrustPolicy policy,
      PullSettings settings,
      PullObserver observer) {
    this.store = store;
    this.registries = registries;
    this.platform = platform;
    this.policy = policy;
    this.settings = settings;
    this.observer = observer;
    this.log = new PullLog(settings.report(), this::pulls);
  }

  /** A puller with the default settings that lets every image in. */
  public ImagePuller(ImageStore store, RegistryClient registries, Platform platform) {
    this(
        store,
        registries,
        platform,
        TrustPolicy.ACCEPT_ANYTHING,
        PullSettings.DEFAULT,
        PullObserver.NONE);
  }

  /** What names without a registry stand for. */
  public ShortNames shortNames() {
    return registries.shortNames();
  }

  /**
   * Pulls the image of a name as users write it, with or without a registry, or that of an id,
   * which must be here: its registry is asked nevertheless, so that no id is a way around
   * credentials.
   *
   * @throws ImageException saying what failed, where and why
   * @throws InterruptedException as {@link #pull(ImageReference, Credentials, PullListener)} does
   */
  public StoredImage pull(String nameOrId, Credentials credentials, PullListener listener)
      throws ImageException, InterruptedException {
    if (PullById.isId(nameOrId)) {
      return PullById.pull(store, nameOrId, credentials, name -> pull(name, credentials, listener));
    }
    List<ImageReference> names;
    try {
      names = registries.shortNames().candidates(nameOrId);
    } catch (InvalidReferenceException e) {
      throw new ReferenceException(nameOrId, e);
    }
    return first(names, credentials, listener);
  }

  /** A short name may stand for several; the first that is there is it. */
  private StoredImage first(
      List<ImageReference> names, Credentials credentials, PullListener listener)
      throws ImageException, InterruptedException {
    RegistryException earlier = null;
    for (ImageReference name : names.subList(0, names.size() - 1)) {
      try {
        return pull(name, credentials, listener);
      } catch (RegistryException e) {
        if (earlier != null) {
          e.addSuppressed(earlier);
        }
        earlier = e;
      }
    }
    try {
      return pull(names.getLast(), credentials, listener);
    } catch (ImageException e) {
      if (earlier != null) {
        e.addSuppressed(earlier);
        e.during("before that " + earlier.getMessage() + "; then");
      }
      throw e;
    }
  }

  /**
   * Pulls an image, or joins the pull of it that runs.
   *
   * @throws ImageException saying what failed, where and why
   * @throws InterruptedException when the caller is interrupted: it has left, and the pull goes on
   *     for {@link PullSettings#abandoned} if nobody else waits for it
   */
  public StoredImage pull(ImageReference reference, Credentials credentials, PullListener listener)
      throws ImageException, InterruptedException {
    RunningPull pull =
        running.compute(
            new Key(reference, credentials),
            (key, current) ->
                current != null && current.join(listener) ? current : start(key, listener));
    log.wake();
    try {
      return pull.await();
    } finally {
      pull.leave(listener);
    }
  }

  /** The pulls that run now, the oldest first. */
  public List<PullStatus> pulls() {
    return running.values().stream()
        .map(RunningPull::status)
        .sorted(Comparator.comparing(PullStatus::since))
        .toList();
  }

  private RunningPull start(Key key, PullListener listener) {
    var made = new CompletableFuture<RunningPull>();
    var pull =
        new RunningPull(
            key.reference(),
            settings.abandoned(),
            self -> fetch(key, self),
            () -> running.remove(key, made.join()));
    made.complete(pull);
    pull.hear(observer.began());
    if (!pull.join(listener)) {
      throw new IllegalStateException("cancelled before it began");
    }
    pull.start();
    return pull;
  }

  private StoredImage fetch(Key key, RunningPull pull) throws ImageException {
    try {
      StoredImage image = fetch(key.reference(), key.credentials(), pull);
      observer.ended(pull.status(), false, null);
      return image;
    } catch (IOException e) {
      ImageException failure = failed(key.reference(), e);
      observer.ended(pull.status(), pull.isCancelled(), failure);
      throw failure;
    } catch (RuntimeException bug) {
      observer.ended(pull.status(), false, bug);
      throw bug;
    }
  }

  private StoredImage fetch(ImageReference reference, Credentials credentials, RunningPull pull)
      throws IOException {
    long began = System.nanoTime();
    RegistrySession session = registries.open(reference, credentials);
    pull.asks(session);
    PullListener listener = pull.listeners();
    ImageResolver.Resolved resolved = new ImageResolver(session, platform).resolve(reference);
    policy.admit(
        new ImageOrigin.Registry(reference), resolved.chain(), new RegistrySignatures(session));
    ImageDocuments documents = resolved.documents();
    listener.resolved(reference, resolved.named(), documents.manifest().layers());
    StoredImage image =
        store.add(
            documents,
            documents.plans(layer -> new RegistryBlob(session, layer.digest())),
            ImageNames.pulled(reference, resolved.named()),
            new LayerClaim.FromRegistry(session, reference, !credentials.isEmpty()),
            listener);
    LOG.debug(
        "pulled {} as {} in {} ms", reference, image.id(), (System.nanoTime() - began) / 1_000_000);
    return image;
  }

  private ImageException failed(ImageReference reference, IOException cause) {
    ImageException failure =
        switch (cause) {
          case ImageException e -> e;
          case InterruptedIOException e ->
              new RegistryException(
                  Kind.UNREACHABLE,
                  List.of(
                      new Attempt(reference.host(), 0, "given up: nobody waits for it any more")),
                  e);
          case IOException e -> new StoreException(store.directory(), "write", e);
        };
    return failure.during("pull " + reference);
  }

  /** Ends every pull; none leaves anything but whole layers. */
  @Override
  public void close() {
    log.close();
    List<RunningPull> all = List.copyOf(running.values());
    all.forEach(RunningPull::cancel);
    for (RunningPull pull : all) {
      try {
        pull.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
