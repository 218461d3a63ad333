package dev.gantry.image.transfer;

import dev.gantry.image.StoreException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.DiskUsage;
import dev.gantry.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The spools of a store, {@code spool/<algorithm>-<hex>}: one for each big blob that is being
 * fetched, and those that unfinished pulls have left. Each has one user at a time.
 */
public final class Spools {
  private static final long BLOCK = 4096;

  private final Path directory;
  private final TransferSettings settings;
  private final Set<Digest> used = new HashSet<>();

  /** Bytes that the spools take, by file name: asked of memory, not of the disk. */
  private final Map<String, LongSupplier> bytes = new ConcurrentHashMap<>();

  /** With what an earlier daemon left in the directory. */
  public Spools(Path directory, TransferSettings settings) throws IOException {
    this.directory = directory;
    this.settings = settings;
    for (Path file : files()) {
      if (!file.toString().endsWith(SpoolMap.SUFFIX)) {
        long blocks = At.stat(At.CWD, file.toString(), false).blocks512() * 512;
        bytes.put("" + file.getFileName(), () -> blocks);
      }
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  /** Disk space of all spools, with their maps. */
  public DiskUsage.Usage usage() {
    long sum = 0;
    long files = 0;
    for (LongSupplier one : bytes.values()) {
      sum += (one.getAsLong() + BLOCK - 1) / BLOCK * BLOCK + BLOCK;
      files += 2;
    }
    return new DiskUsage.Usage(sum, files);
  }

  /**
   * Takes the spool of a blob; empty when it needs none, when somebody has it, or when the disk has
   * no room for it beside what will be unpacked from it.
   */
  public synchronized Optional<Claim> claim(Digest blob, long size) throws IOException {
    boolean room = Files.getFileStore(directory).getUsableSpace() > 2 * size;
    if (size < settings.spoolFrom() || !room || !used.add(blob)) {
      return Optional.empty();
    }
    return Optional.of(new Claim(blob, size));
  }

  /** Deletes the spools of blobs that nobody wants or has. */
  public synchronized void sweep(Set<Digest> wanted) throws IOException {
    Set<String> kept =
        Stream.concat(wanted.stream(), used.stream())
            .map(d -> file(d).getFileName().toString())
            .flatMap(name -> Stream.of(name, name + SpoolMap.SUFFIX))
            .collect(Collectors.toSet());
    for (Path file : files()) {
      if (!kept.contains(file.getFileName().toString())) {
        Files.deleteIfExists(file);
        bytes.remove(file.getFileName().toString());
      }
    }
  }

  private Path file(Digest blob) {
    return directory.resolve(blob.algorithm().id() + "-" + blob.hex());
  }

  private synchronized void release(Digest blob) {
    used.remove(blob);
  }

  /** The right to a blob's spool. Closing it leaves what has come for the next try. */
  public final class Claim implements AutoCloseable {
    private final Digest blob;
    private final long size;

    private Claim(Digest blob, long size) {
      this.blob = blob;
      this.size = size;
    }

    /**
     * The blob in order, not verified, from what is here and what comes; close it before opening
     * another.
     *
     * @param progress told the bytes that are here
     */
    public InputStream open(RangeSource source, LongConsumer progress) throws IOException {
      Spool spool = Spool.open(file(blob), size);
      bytes.put("" + file(blob).getFileName(), spool::bytes);
      return new SpoolStream(spool, new ParallelDownload(spool, blob, source, settings, progress));
    }

    /** Whether a failure is one of the spool's own file, and the blob may do without. */
    public boolean isCauseOf(StoreException failure) {
      return directory.equals(failure.path().getParent());
    }

    /** Deletes the spool: all is unpacked, or what it holds is worth nothing. */
    public void discard() throws StoreException {
      try {
        Spool.delete(file(blob));
        bytes.remove("" + file(blob).getFileName());
      } catch (IOException e) {
        throw new StoreException(file(blob), "delete spool", e);
      }
    }

    @Override
    public void close() {
      release(blob);
    }
  }
}
