package dev.gantry.image.push;

import dev.gantry.image.ImageContent;
import dev.gantry.image.ImageException;
import dev.gantry.image.LayerId;
import dev.gantry.image.OutgoingManifest;
import dev.gantry.image.http.RequestBody;
import dev.gantry.image.layer.CountingStream;
import dev.gantry.image.layer.LayerPacker;
import dev.gantry.image.layer.LayerPacker.Packed;
import dev.gantry.image.layer.PlatformThread;
import dev.gantry.image.registry.BlobPusher;
import dev.gantry.image.registry.RegistrySession;
import dev.gantry.linux.Threads;
import dev.gantry.oci.Descriptor;
import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageManifest;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.MediaTypes.Compression;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One push: layers beside each other, then the configuration, then the manifest. */
final class RunningPush {
  private final ImageContent content;
  private final RegistrySession session;
  private final PushOptions options;
  private final PushListener listener;
  private final Optional<ImageManifest> original;
  private final List<String> siblings;
  private final Semaphore places;
  private final AtomicLong sent = new AtomicLong();

  RunningPush(
      ImageContent content,
      RegistrySession session,
      ImageReference target,
      PushOptions options,
      PushListener listener) {
    this.content = content;
    this.session = session;
    this.options = options;
    this.listener = listener;
    this.original = OutgoingManifest.original(content);
    this.siblings = siblings(content, target);
    this.places = new Semaphore(options.parallel());
  }

  /** Other repositories of that registry that had this image, and so its blobs. */
  private static List<String> siblings(ImageContent content, ImageReference target) {
    var found = new TreeSet<String>();
    for (List<String> names : List.of(content.image().repoDigests(), content.image().repoTags())) {
      for (String name : names) {
        ImageReference reference = ImageReference.parse(name);
        if (reference.host().equals(target.host())
            && !reference.repository().equals(target.repository())) {
          found.add(reference.repository());
        }
      }
    }
    return List.copyOf(found);
  }

  long sent() {
    return sent.get();
  }

  OutgoingManifest run(String tag) throws IOException {
    OutgoingManifest manifest = OutgoingManifest.of(content, layers());
    byte[] config = content.config();
    Digest id = OutgoingManifest.configDigest(content);
    try {
      if (!BlobPusher.exists(session, id)) {
        BlobPusher.upload(session, id, RequestBody.of(config));
        sent.addAndGet(config.length);
      }
    } catch (ImageException e) {
      throw e.during("configuration " + id);
    }
    try {
      BlobPusher.manifest(session, tag, manifest.mediaType(), manifest.bytes());
    } catch (ImageException e) {
      throw e.during("manifest " + manifest.digest());
    }
    return manifest;
  }

  private List<Descriptor> layers() throws IOException {
    List<LayerId> ids = content.image().layers();
    // A layer that is there twice is sent once.
    var jobs = new LinkedHashMap<Digest, Job>();
    for (int i = 0; i < ids.size(); i++) {
      Digest diffId = content.diffId(ids.get(i));
      int index = i;
      jobs.computeIfAbsent(diffId, d -> new Job(ids.get(index), d, index));
    }
    var failure = new AtomicReference<@Nullable Throwable>();
    var threads = new ArrayList<Thread>();
    for (Job job : jobs.values()) {
      threads.add(
          Thread.ofVirtual()
              .name("push layer " + job.diffId)
              .unstarted(() -> see(job, failure, threads)));
    }
    listener.layers(List.copyOf(jobs.keySet()));
    threads.forEach(Thread::start);
    await(threads, failure);
    var layers = new ArrayList<Descriptor>();
    for (LayerId id : ids) {
      layers.add(Objects.requireNonNull(jobs.get(content.diffId(id))).result.resultNow());
    }
    return layers;
  }

  private static final class Job {
    final LayerId id;
    final Digest diffId;
    final int index;
    final CompletableFuture<Descriptor> result = new CompletableFuture<>();

    Job(LayerId id, Digest diffId, int index) {
      this.id = id;
      this.diffId = diffId;
      this.index = index;
    }
  }

  /** The first that fails ends the others. */
  private void see(Job job, AtomicReference<@Nullable Throwable> failure, List<Thread> all) {
    try {
      places.acquire();
      try {
        job.result.complete(layer(job.id, job.diffId, job.index));
      } finally {
        places.release();
      }
    } catch (Throwable e) {
      Throwable shown = e instanceof ImageException i ? i.during("layer " + job.diffId) : e;
      if (failure.compareAndSet(null, shown)) {
        all.forEach(Thread::interrupt);
      }
    }
  }

  private static void await(List<Thread> threads, AtomicReference<@Nullable Throwable> failure)
      throws IOException {
    if (Threads.awaitEnd(threads, () -> threads.forEach(Thread::interrupt))) {
      throw new InterruptedIOException("interrupted");
    }
    switch (failure.get()) {
      case null -> {}
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IOException(e);
    }
  }

  private Descriptor layer(LayerId id, Digest diffId, int index) throws Exception {
    Descriptor known = original.isPresent() ? original.get().layers().get(index) : null;
    if (known != null && isThere(known.digest())) {
      listener.layerPresent(diffId);
      return known;
    }
    boolean plain =
        OutgoingManifest.isArtifact(content) || (known != null && known.digest().equals(diffId));
    Compression compression = plain ? Compression.NONE : options.compression();
    Path file = Files.createTempFile(content.temporary(), "pack-", ".blob");
    try {
      Packed blob = pack(id, diffId, compression, file);
      send(blob, diffId);
      return known != null && known.digest().equals(blob.digest())
          ? known
          : new Descriptor(OutgoingManifest.layerType(compression), blob.digest(), blob.size());
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private void send(Packed blob, Digest diffId) throws IOException {
    if (BlobPusher.exists(session, blob.digest())) {
      listener.layerPresent(diffId);
    } else {
      BlobPusher.upload(session, blob.digest(), body(blob, diffId));
      sent.addAndGet(blob.size());
      listener.layerDone(diffId);
    }
  }

  private boolean isThere(Digest blob) throws IOException {
    if (BlobPusher.exists(session, blob)) {
      return true;
    }
    for (String sibling : siblings) {
      if (BlobPusher.mount(session, blob, sibling)) {
        return true;
      }
    }
    return false;
  }

  /** The digest has to be known before the upload, and an upload may have to be repeated. */
  private Packed pack(LayerId id, Digest diffId, Compression compression, Path file)
      throws Exception {
    long total = content.tarSize(id);
    return PlatformThread.call(
        "pack " + diffId,
        () -> {
          try (InputStream tar = content.openTar(id)) {
            return LayerPacker.pack(
                tar, compression, file, n -> listener.layerPacking(diffId, n, total));
          }
        });
  }

  private RequestBody body(Packed blob, Digest diffId) {
    return new RequestBody() {
      @Override
      public long length() {
        return blob.size();
      }

      @Override
      public InputStream open() throws IOException {
        return new CountingStream(
            Files.newInputStream(blob.file()),
            new AtomicLong(),
            n -> listener.layerProgress(diffId, n, blob.size()));
      }
    };
  }
}
