package dev.gantry.linux.cgroup;

import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The usage files of one control group; a file that is not there has nothing in it. */
final class UsageFiles {
  /** Version 1 writes "no limit" as the largest multiple of a page below 2^63. */
  private static final long NO_LIMIT = 1L << 62;

  private final Function<String, Optional<Path>> directories;

  /**
   * @param directories the group's directory by controller
   */
  UsageFiles(Function<String, Optional<Path>> directories) {
    this.directories = directories;
  }

  private @Nullable Path file(String controller, String name) {
    return directories.apply(controller).map(dir -> dir.resolve(name)).orElse(null);
  }

  private String text(String controller, String name) throws LinuxException {
    Path file = file(controller, name);
    return file == null ? "" : CgroupFile.read(file).orElse("");
  }

  /** The lines of a file. */
  List<String> lines(String controller, String name) throws LinuxException {
    return text(controller, name).lines().toList();
  }

  /** The number in a file. */
  long number(String controller, String name, long absent) throws LinuxException {
    Path file = file(controller, name);
    return file == null ? absent : CgroupFile.readLong(file, absent);
  }

  /** The limit in a file; {@link Long#MAX_VALUE} for none. */
  long limit(String controller, String name) throws LinuxException {
    long value = number(controller, name, Long.MAX_VALUE);
    return value >= NO_LIMIT ? Long.MAX_VALUE : value;
  }

  /** Lines of a name and a number. */
  Map<String, Long> pairs(String controller, String name) throws LinuxException {
    Map<String, Long> map = new HashMap<>();
    for (String line : text(controller, name).split("\n", -1)) {
      int blank = line.indexOf(' ');
      if (blank > 0) {
        map.put(line.substring(0, blank), CgroupFile.parse(line.substring(blank + 1)));
      }
    }
    return map;
  }

  /** A pressure file of version 2, null where the kernel has none. */
  static @Nullable Pressure pressure(@Nullable Path directory, String name) throws LinuxException {
    if (directory == null) {
      return null;
    }
    try {
      return CgroupFile.read(directory.resolve(name)).map(Pressure::parse).orElse(null);
    } catch (LinuxException e) {
      if (e.errno() == Errno.EOPNOTSUPP) {
        return null; // the kernel was started with psi=0
      }
      throw e;
    }
  }
}
