package dev.gantry.linux.cgroup;

import dev.gantry.linux.LinuxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Makes a group in every hierarchy, usable at once. */
final class CgroupCreator {
  private static final int MODE = 0755;
  private static final List<String> WANTED =
      List.of("cpuset", "cpu", "io", "memory", "hugetlb", "pids");

  private final CgroupHost host;
  private final List<Path> made = new ArrayList<>();

  CgroupCreator(CgroupHost host) {
    this.host = host;
  }

  List<Path> create(List<String> parts) throws LinuxException {
    try {
      for (Path root : host.roots()) {
        createIn(root, parts);
      }
      return List.copyOf(made);
    } catch (LinuxException e) {
      undo(e);
      throw e;
    }
  }

  private void createIn(Path root, List<String> parts) throws LinuxException {
    boolean cpuset = root.equals(host.v1().get("cpuset"));
    Path dir = root;
    for (String part : parts) {
      if (host.mode() == CgroupMode.V2) {
        enableControllers(dir);
      }
      Path parent = dir;
      dir = dir.resolve(part);
      boolean isNew = mkdir(dir);
      if (cpuset) {
        inherit(parent, dir, "cpuset.cpus", isNew);
        inherit(parent, dir, "cpuset.mems", isNew);
      }
    }
  }

  private boolean mkdir(Path dir) throws LinuxException {
    boolean isNew = CgroupFile.mkdir(dir, MODE);
    if (isNew) {
      made.add(dir);
    }
    return isNew;
  }

  /** A version 1 cpuset is born without cpus and memory nodes, and then takes no process. */
  private static void inherit(Path parent, Path dir, String file, boolean isNew)
      throws LinuxException {
    if (isNew || CgroupFile.read(dir.resolve(file)).orElse("").isBlank()) {
      String value = CgroupFile.read(parent.resolve(file)).orElse("").strip();
      if (!value.isEmpty()) {
        CgroupFile.write(dir.resolve(file), value);
      }
    }
  }

  /** Lets the groups below a version 2 group use the controllers that it has itself. */
  private static void enableControllers(Path dir) throws LinuxException {
    Path control = dir.resolve("cgroup.subtree_control");
    Set<String> there = words(CgroupFile.read(dir.resolve("cgroup.controllers")).orElse(""));
    Set<String> on = words(CgroupFile.read(control).orElse(""));
    List<String> missing =
        WANTED.stream()
            .filter(c -> there.contains(c) && !on.contains(c))
            .map(c -> "+" + c)
            .toList();
    if (!missing.isEmpty() && !tried(control, String.join(" ", missing))) {
      for (String controller : missing) {
        tried(control, controller);
      }
    }
  }

  /**
   * False when the kernel cannot do that here: the group has processes of its own, or is threaded.
   * What needs the controller below fails by name when its limit is written.
   */
  private static boolean tried(Path control, String change) throws LinuxException {
    try {
      CgroupFile.write(control, change);
      return true;
    } catch (LinuxException e) {
      return switch (e.errno()) {
        case EBUSY, EOPNOTSUPP, EINVAL, ENOENT -> false;
        default -> throw e;
      };
    }
  }

  private static Set<String> words(String text) {
    Set<String> words = new HashSet<>(Arrays.asList(text.strip().split("\\s+", -1)));
    words.remove("");
    return words;
  }

  private void undo(LinuxException cause) {
    for (Path dir : made.reversed()) {
      try {
        CgroupFile.rmdir(dir);
      } catch (LinuxException e) {
        cause.addSuppressed(e);
      }
    }
  }
}
