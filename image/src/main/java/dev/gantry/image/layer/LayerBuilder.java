package dev.gantry.image.layer;

import dev.gantry.image.DigestMismatchException;
import dev.gantry.image.ImageException;
import dev.gantry.image.LayerException;
import dev.gantry.image.StoreException;
import dev.gantry.image.tar.TarLimits;
import dev.gantry.image.tar.TarReader;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.DeleteTree;
import dev.gantry.linux.file.DiskUsage;
import dev.gantry.oci.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Fetches, verifies and unpacks one layer in one pass: source → digest → decompression → diff id →
 * tar → archive with an index, or directory. Runs on a platform thread; nothing is left behind when
 * it fails.
 */
public final class LayerBuilder {
  private final Path temporary;
  private final UnpackLimits limits;
  private final boolean archives;
  private final IndexBudget budget = new IndexBudget();

  /** Whether the kernel can mount archives; null until that was tried. */
  private volatile @Nullable Boolean possible;

  /** By their directories, which a rename takes away when they come into the store. */
  private final Map<Path, Growth> unpublished = new ConcurrentHashMap<>();

  /**
   * @param temporary where directories are made
   * @param archives whether layers stay archives where the kernel can mount them
   */
  public LayerBuilder(Path temporary, UnpackLimits limits, boolean archives) {
    this.temporary = temporary;
    this.limits = limits;
    this.archives = archives;
  }

  private boolean mountsArchives() throws IOException {
    Boolean known = possible;
    if (known == null) {
      possible = known = archives && LayerArchive.isPossible(temporary);
    }
    return known;
  }

  /**
   * @throws DigestMismatchException when the blob or the archive in it is another one
   * @throws LayerException when it cannot or must not be unpacked
   * @throws StoreException when the disk fails
   */
  public UnpackedLayer build(LayerInput input) throws IOException {
    Path directory = Files.createTempDirectory(temporary, "layer-");
    boolean done = false;
    try {
      // Set after they are made, so that no umask narrows them.
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
      Growth growth = new Growth();
      unpublished.keySet().removeIf(Files::notExists);
      unpublished.put(directory, growth);
      UnpackedLayer layer =
          input.file() == null && mountsArchives()
              ? keep(input, directory, growth)
              : unpack(input, directory, growth);
      done = true;
      return layer;
    } catch (LinuxException e) {
      throw new StoreException(directory, "write", e);
    } finally {
      if (!done) {
        DeleteTree.delete(directory);
      }
    }
  }

  /** Space of the layers that are being unpacked, and of those that wait for what is below them. */
  public DiskUsage.Usage usage() {
    unpublished.keySet().removeIf(Files::notExists);
    long bytes = 0;
    long inodes = 0;
    for (Growth growth : unpublished.values()) {
      bytes += growth.bytes();
      inodes += growth.inodes();
    }
    return new DiskUsage.Usage(bytes, inodes);
  }

  /**
   * Fetches and verifies a layer without unpacking it: shows that the source has it.
   *
   * @return its bytes as they are stored
   * @throws DigestMismatchException when the blob or the archive in it is another one
   */
  public long verify(LayerInput input) throws IOException {
    var arrived = new AtomicLong();
    return read(
        input,
        arrived,
        plain -> {
          drain(plain);
          return arrived.get();
        });
  }

  /** What is made of an archive. */
  private interface Reading<T> {
    T of(InputStream archive) throws IOException;
  }

  /**
   * Steps beside each other: the source is read ahead; a second thread hashes what is stored and
   * decompresses it; a third hashes the archive; this one reads it.
   */
  private static <T> T read(LayerInput input, AtomicLong arrived, Reading<T> reading)
      throws IOException {
    try (InputStream stored = stored(input, arrived);
        ReadAheadStream plain = plain(input, stored)) {
      T result;
      try {
        result = reading.of(plain);
      } catch (IOException broken) {
        plain.stop();
        throw suspect(broken, input, stored);
      }
      plain.stop();
      drain(stored);
      return result;
    }
  }

  /** Keeps the archive, with an index; or unpacks it after all, where no index can say it. */
  private UnpackedLayer keep(LayerInput input, Path directory, Growth growth) throws IOException {
    var arrived = new AtomicLong();
    Path file = LayerArchive.file(directory);
    Optional<UnpackReport> report =
        read(
            input,
            arrived,
            plain -> {
              try (var archive = new ArchiveCopy(file, plain, limits, arrived::get, growth)) {
                return LayerArchive.index(
                    archive, directory, input.diffId(), limits, budget, arrived::get);
              }
            });
    if (report.isPresent()) {
      return new UnpackedLayer(directory, input.diffId(), arrived.get(), report.get(), null);
    }
    return unpackOwn(directory, input.diffId(), arrived.get());
  }

  /** Unpacks what was kept as an archive. */
  private UnpackedLayer unpackOwn(Path directory, Digest diffId, long blobSize) throws IOException {
    // Of the files alone: the archive does not stay.
    Growth growth = new Growth();
    unpublished.put(directory, growth);
    Path archive = LayerArchive.file(directory);
    var own = new LayerInput(null, -1, diffId, () -> Files.newInputStream(archive), n -> {});
    UnpackedLayer unpacked = unpack(own, directory, growth);
    Files.deleteIfExists(LayerArchive.index(directory));
    Files.delete(archive);
    return new UnpackedLayer(directory, diffId, blobSize, unpacked.report(), null);
  }

  /**
   * Settles a layer on the layers below, and returns it with the space that took. Runs on a
   * platform thread.
   */
  public UnpackedLayer settle(UnpackedLayer layer, List<Path> belowTopFirst) throws IOException {
    Path directory = layer.directory();
    if (!LayerArchive.isIn(directory)) {
      return layer.settle(belowTopFirst);
    }
    boolean settled =
        LayerArchive.settle(LayerArchive.index(directory), layer.report(), belowTopFirst);
    if (settled) {
      return layer;
    }
    return unpackOwn(directory, layer.diffId(), layer.blobSize()).settle(belowTopFirst);
  }

  /** Unpacks into a directory; small files are completed on a thread of their own. */
  private UnpackedLayer unpack(LayerInput input, Path directory, Growth growth) throws IOException {
    Path diff = Files.createDirectory(directory.resolve("diff"));
    Files.setPosixFilePermissions(diff, PosixFilePermissions.fromString("rwxr-xr-x"));
    var arrived = new AtomicLong();
    UnpackReport report =
        read(
            input,
            arrived,
            plain -> {
              try (var journal = new TarJournal(directory, plain, UnpackLimits.MOST_RAW)) {
                UnpackReport made = unpack(input, journal, diff, arrived, growth);
                journal.drain();
                return made.with(journal.finish(), 1);
              }
            });
    return new UnpackedLayer(directory, input.diffId(), arrived.get(), report, input.file());
  }

  private UnpackReport unpack(
      LayerInput input, TarJournal journal, Path diff, AtomicLong arrived, Growth growth)
      throws IOException {
    return input.file() == null
        ? LayerUnpacker.unpack(
            new TarReader(journal, TarLimits.DEFAULT), diff, limits, arrived::get, journal, growth)
        : ArtifactFile.write(input.file(), input.size(), journal, diff, limits, journal, growth);
  }

  /** The archive, verified; the bytes of an artifact's file are left as they are. */
  private static ReadAheadStream plain(LayerInput input, InputStream stored) {
    var source = new Unclosed(stored);
    return ReadAheadStream.computing(
        () -> input.file() == null ? Decompression.open(source) : new PlainChannel(source),
        input.diffId());
  }

  /** Leaves what is behind the compressed bytes to be read, and hashed, after them. */
  private static final class Unclosed extends FilterInputStream {
    Unclosed(InputStream in) {
      super(in);
    }

    @Override
    public void close() {}
  }

  /**
   * A broken archive is most often a symptom: when the blob itself is not the one that was named,
   * say that instead.
   */
  private static IOException suspect(IOException failure, LayerInput input, InputStream stored) {
    IOException broken = failure;
    switch (failure) {
      case LayerException e -> {}
      case DigestMismatchException e when !e.expected().equals(input.blob()) -> {}
      case ImageException e -> {
        return e;
      }
      case LinuxException e -> {
        return e;
      }
      case InterruptedIOException e -> {
        return e;
      }
      default -> broken = new LayerException("", "" + failure.getMessage(), failure);
    }
    try {
      drain(stored);
      return broken;
    } catch (DigestMismatchException cause) {
      cause.addSuppressed(broken);
      return cause;
    } catch (IOException unreadable) {
      if (!unreadable.equals(failure)) {
        broken.addSuppressed(unreadable);
      }
      return broken;
    }
  }

  private static InputStream stored(LayerInput input, AtomicLong arrived) throws IOException {
    InputStream opened = input.source().open();
    InputStream source = input.source().waits() ? ReadAheadStream.waiting(opened) : opened;
    Digest blob = input.blob();
    return blob == null
        ? new CountingStream(source, arrived, input.progress())
        : new VerifyingStream(
            source,
            "layer",
            blob,
            input.size(),
            n -> {
              arrived.set(n);
              input.progress().accept(n);
            });
  }

  private static void drain(InputStream in) throws IOException {
    byte[] rest = new byte[16 * 1024];
    int n;
    do {
      n = in.read(rest);
    } while (n >= 0);
  }
}
