package dev.gantry.daemon.stats;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;

/** Names of block devices by their numbers, looked up once. */
final class BlockDevices {
  private static final int MOST = 1_000;

  private final ConcurrentHashMap<String, String> names = new ConcurrentHashMap<>();

  /** Such as {@code /dev/sda} for {@code 8:0}; a device without a name keeps its number. */
  String name(String number) {
    String known = names.get(number);
    if (known == null) {
      known = lookUp(number);
      if (names.size() < MOST) {
        names.put(number, known);
      }
    }
    return known;
  }

  /** The device of the file system that {@code path} is on. */
  String holding(Path path) throws IOException {
    long device = ((Number) Files.getAttribute(path, "unix:dev")).longValue();
    // As glibc's major(3) and minor(3).
    long major = (device >>> 8 & 0xfff) | (device >>> 32 & 0xfffff000L);
    long minor = (device & 0xff) | (device >>> 12 & 0xffffff00L);
    return name(major + ":" + minor);
  }

  private static String lookUp(String number) {
    try {
      Path link = Files.readSymbolicLink(Path.of("/sys/dev/block", number));
      return "/dev/" + link.getFileName();
    } catch (IOException e) {
      return number;
    }
  }
}
