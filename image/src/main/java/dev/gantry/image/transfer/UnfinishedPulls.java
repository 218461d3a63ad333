package dev.gantry.image.transfer;

import dev.gantry.image.LayerId;
import dev.gantry.linux.file.RecordFile;
import dev.gantry.oci.Digest;
import dev.gantry.oci.OciFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What running pulls want, one record each in {@code unfinished/}, so that layers and spools of one
 * that failed, or that a restart cut short, stay for the retry; after a while they may go. Records
 * are not synced: one that a power cut takes costs a download.
 */
public final class UnfinishedPulls {
  private static final Logger LOG = LoggerFactory.getLogger(UnfinishedPulls.class);
  private static final int VERSION = 1;

  private final Path directory;
  private final Duration keep;
  private final InstantSource clock;
  private final Map<String, Wanted> all = new HashMap<>();

  /**
   * What one pull wants.
   *
   * @param running how many run that want it
   * @param until when it is forgotten if none runs
   */
  private record Wanted(Set<LayerId> layers, Set<Digest> blobs, int running, Instant until) {
    Wanted run(int by, Instant end) {
      return new Wanted(layers, blobs, running + by, end);
    }
  }

  /** Reads the records in {@code directory}; those that cannot be read are removed. */
  public UnfinishedPulls(Path directory, Duration keep, InstantSource clock) throws IOException {
    this.directory = directory;
    this.keep = keep;
    this.clock = clock;
    List<Path> files;
    try (Stream<Path> found = Files.list(directory)) {
      files = found.toList();
    }
    for (Path file : files) {
      load(file);
    }
  }

  private void load(Path file) throws IOException {
    try {
      if (!RecordFile.isTemporary(file)) {
        var content = RecordFile.read(file).orElseThrow();
        var wanted = parse(new String(content.payload(), StandardCharsets.UTF_8));
        all.put(file.getFileName().toString(), wanted);
        return;
      }
    } catch (IOException | OciFormatException e) {
      LOG.debug("record of an unfinished pull {} is removed: {}", file, e.getMessage());
    }
    Files.deleteIfExists(file);
  }

  private Wanted parse(String text) {
    var layers = new HashSet<LayerId>();
    var blobs = new HashSet<Digest>();
    for (String line : text.split("\\n", -1)) {
      String[] word = line.split(" ", 2);
      switch (word[0]) {
        case "layer" -> layers.add(new LayerId(Digest.parse(word[1])));
        case "blob" -> blobs.add(Digest.parse(word[1]));
        default -> {}
      }
    }
    return new Wanted(layers, blobs, 0, clock.instant().plus(keep));
  }

  /** A pull of the image begins. To be followed by {@link #done} or {@link #failed}. */
  public synchronized void begin(Digest image, Set<LayerId> layers, Set<Digest> blobs)
      throws IOException {
    var lines = new ArrayList<String>();
    layers.forEach(l -> lines.add("layer " + l.digest()));
    blobs.forEach(b -> lines.add("blob " + b));
    String name = name(image);
    byte[] payload = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
    RecordFile.write(directory.resolve(name), VERSION, payload, RecordFile.Durability.NONE);
    Wanted known = all.get(name);
    int running = known == null ? 0 : known.running();
    all.put(name, new Wanted(layers, blobs, running + 1, clock.instant().plus(keep)));
  }

  /** It ended, and nothing is to be kept for another try. */
  public synchronized void done(Digest image) throws IOException {
    String name = name(image);
    Wanted left = all.getOrDefault(name, NOTHING).run(-1, clock.instant());
    if (left.running() > 0) {
      all.put(name, left);
    } else {
      all.remove(name);
      RecordFile.delete(directory.resolve(name));
    }
  }

  /** It ended for a reason that may pass. */
  public synchronized void failed(Digest image) {
    all.computeIfPresent(name(image), (n, w) -> w.run(-1, clock.instant().plus(keep)));
  }

  private static final Wanted NOTHING = new Wanted(Set.of(), Set.of(), 1, Instant.EPOCH);

  /** Layers that must stay. */
  public synchronized Set<LayerId> layers() {
    var layers = new HashSet<LayerId>();
    all.values().forEach(w -> layers.addAll(w.layers()));
    return layers;
  }

  /** Blobs whose spools must stay. */
  public synchronized Set<Digest> blobs() {
    var blobs = new HashSet<Digest>();
    all.values().forEach(w -> blobs.addAll(w.blobs()));
    return blobs;
  }

  /** Forgets those whose time is over; true when there are others that wait for theirs. */
  public synchronized boolean expire() throws IOException {
    for (String name : List.copyOf(all.keySet())) {
      Wanted wanted = all.get(name);
      if (wanted != null && wanted.running() == 0 && !wanted.until().isAfter(clock.instant())) {
        all.remove(name);
        RecordFile.delete(directory.resolve(name));
      }
    }
    return !all.isEmpty();
  }

  public synchronized boolean isEmpty() {
    return all.isEmpty();
  }

  private static String name(Digest image) {
    return image.algorithm().id() + "-" + image.hex();
  }
}
