package dev.gantry.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What is mounted, by the fixtures' own reading of proc(5)'s mountinfo. */
final class MountTable {
  /** One mount; later ones come after those they cover. */
  record Entry(int id, String target, String type) {}

  private MountTable() {}

  static List<Entry> read() {
    List<Entry> entries = new ArrayList<>();
    try {
      for (String line :
          Files.readAllLines(Path.of("/proc/thread-self/mountinfo"), StandardCharsets.ISO_8859_1)) {
        String[] fields = line.split(" ", -1);
        int dash = List.of(fields).indexOf("-");
        entries.add(new Entry(Integer.parseInt(fields[0]), unescape(fields[4]), fields[dash + 1]));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return entries;
  }

  /** Returns the mounts at or below a directory, the last made first. */
  static List<Entry> under(Path directory) {
    return read().stream()
        .filter(entry -> Path.of(entry.target()).startsWith(directory))
        .toList()
        .reversed();
  }

  private static String unescape(String field) {
    return field
        .replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\");
  }
}
