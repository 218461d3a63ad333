package dev.gantry.image.store;

import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.file.RecordFile;
import dev.gantry.oci.Digest;
import dev.gantry.oci.OciFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Remembers, in {@code origins} beside a layer, in which repositories it is known to be. That
 * decides who may have it without fetching it: where the file is missing or damaged, nobody.
 */
public final class LayerOrigins {
  private static final String FILE = "origins";
  private static final String FREE = "free";
  private static final int VERSION = 1;
  private static final int MOST = 64;
  private static final Duration DEADLINE = Duration.ofMinutes(2);

  private final ReentrantLock lock = new ReentrantLock();

  /**
   * A repository that gave the layer.
   *
   * @param host the registry, as image names have it
   * @param blob digest of the bytes that came
   */
  public record Origin(String host, String repository, Digest blob) {}

  /**
   * What is known of a layer.
   *
   * @param free it came, at least once, without credentials of a request, or by an import: everyone
   *     on this machine may have it
   * @param origins the youngest last
   */
  public record Known(boolean free, List<Origin> origins) {
    static final Known NOTHING = new Known(false, List.of());

    /** Everyone may have the layer. */
    public static final Known EVERYONES = new Known(true, List.of());

    public Known {
      origins = List.copyOf(origins);
    }

    /** With one more; the oldest goes when there are too many. */
    public Known with(Origin origin) {
      var all = new ArrayList<>(origins);
      all.remove(origin);
      all.add(origin);
      return new Known(free, all.subList(Math.max(0, all.size() - MOST), all.size()));
    }
  }

  /**
   * @param layer directory of the layer
   */
  public Known read(Path layer) throws IOException {
    return BlockingCalls.run("read origins of " + layer, DEADLINE, () -> load(layer));
  }

  private static Known load(Path layer) throws IOException {
    Optional<RecordFile.Content> content;
    try {
      content = RecordFile.read(layer.resolve(FILE));
    } catch (IOException damaged) {
      return Known.NOTHING;
    }
    if (content.isEmpty()) {
      return Known.NOTHING;
    }
    var known = Known.NOTHING;
    try {
      for (String line :
          new String(content.get().payload(), StandardCharsets.UTF_8).lines().toList()) {
        String[] parts = line.split(" ", -1);
        if (line.equals(FREE)) {
          known = new Known(true, known.origins());
        } else if (parts.length == 3) {
          known = known.with(new Origin(parts[0], parts[1], Digest.parse(parts[2])));
        }
      }
      return known;
    } catch (OciFormatException damaged) {
      return Known.NOTHING;
    }
  }

  /** Adds what has become known; a failure is told, and costs no more than a later proof. */
  public void add(Path layer, Known more) throws IOException {
    lock.lock();
    try {
      BlockingCalls.run("write origins of " + layer, DEADLINE, () -> update(layer, more));
    } finally {
      lock.unlock();
    }
  }

  /** Hands on what is known to a directory with the same layer. */
  public void copy(Path from, Path to) throws IOException {
    add(to, read(from));
  }

  private static boolean update(Path layer, Known more) throws IOException {
    Known before = load(layer);
    Known after = new Known(before.free() || more.free(), before.origins());
    for (Origin origin : more.origins()) {
      after = after.with(origin);
    }
    if (after.equals(before)) {
      return false;
    }
    var text = new StringBuilder();
    if (after.free()) {
      text.append(FREE).append('\n');
    }
    for (Origin o : after.origins()) {
      text.append(o.host()).append(' ').append(o.repository()).append(' ');
      text.append(o.blob()).append('\n');
    }
    RecordFile.write(
        layer.resolve(FILE),
        VERSION,
        text.toString().getBytes(StandardCharsets.UTF_8),
        RecordFile.Durability.NONE);
    return true;
  }
}
