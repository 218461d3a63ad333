package dev.gantry.image.transfer;

import dev.gantry.image.transfer.Extents.Range;
import dev.gantry.linux.file.CorruptRecordException;
import dev.gantry.linux.file.RecordFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What is in a spool's file, written down beside it. Neither is synced: the map is written after
 * the bytes it tells of, so it is right as long as the kernel lives, and one of an earlier boot is
 * not believed.
 */
final class SpoolMap {
  static final String SUFFIX = ".map";
  private static final int VERSION = 1;

  private SpoolMap() {}

  /** What the file of a blob of this size holds; empty when nothing is known of it. */
  static Optional<Extents> read(Path file, long size) throws IOException {
    Optional<RecordFile.Content> map;
    try {
      map = RecordFile.read(of(file));
    } catch (CorruptRecordException torn) {
      return Optional.empty();
    }
    if (map.isEmpty()
        || !map.get().ofThisBoot()
        || map.get().version() != VERSION
        || !Files.isRegularFile(file)) {
      return Optional.empty();
    }
    String[] lines = new String(map.get().payload(), StandardCharsets.US_ASCII).split("\n", -1);
    long bytes = Files.size(file);
    var extents = new Extents();
    for (int i = 1; i < lines.length && !lines[i].isEmpty(); i++) {
      String[] range = lines[i].split(" ", -1);
      extents.add(new Range(Long.parseLong(range[0]), Long.parseLong(range[1])));
    }
    boolean fits = lines[0].equals(Long.toString(size)) && extents.endFrom(bytes) == bytes;
    return fits ? Optional.of(extents) : Optional.empty();
  }

  static void write(Path file, long size, List<Range> ranges) throws IOException {
    var text = new StringBuilder().append(size).append('\n');
    ranges.forEach(r -> text.append(r.from()).append(' ').append(r.to()).append('\n'));
    byte[] payload = text.toString().getBytes(StandardCharsets.US_ASCII);
    RecordFile.write(of(file), VERSION, payload, RecordFile.Durability.NONE);
  }

  static void delete(Path file) throws IOException {
    RecordFile.delete(of(file));
  }

  private static Path of(Path file) {
    return file.resolveSibling(file.getFileName() + SUFFIX);
  }
}
