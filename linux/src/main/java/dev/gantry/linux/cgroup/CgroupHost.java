package dev.gantry.linux.cgroup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The control group hierarchies that are mounted on a host; see cgroups(7).
 *
 * @param mode which versions there are
 * @param v1 mount point of each version 1 controller; co-mounted controllers share one, and a named
 *     hierarchy is listed as {@code name=systemd}
 * @param unified mount point of the version 2 hierarchy, or null
 * @param unifiedControllers the controllers that the version 2 hierarchy owns
 */
public record CgroupHost(
    CgroupMode mode,
    Map<String, Path> v1,
    @Nullable Path unified,
    List<String> unifiedControllers) {
  /** Mount options that are no controllers. */
  private static final Set<String> NO_CONTROLLERS =
      Set.of("rw", "ro", "xattr", "noprefix", "clone_children", "all", "none", "cpuset_v2_mode");

  public CgroupHost {
    v1 = Map.copyOf(v1);
    unifiedControllers = List.copyOf(unifiedControllers);
    if (mode == CgroupMode.V2 ? unified == null : v1.isEmpty()) {
      throw new IllegalArgumentException("no cgroup hierarchy mounted for mode " + mode);
    }
  }

  /** A pure version 2 host whose hierarchy is at this directory. */
  public static CgroupHost v2At(Path unified) throws IOException {
    return new CgroupHost(CgroupMode.V2, Map.of(), unified, controllersOf(unified));
  }

  /**
   * What is mounted for this process.
   *
   * @throws IOException when {@code /proc/self/mountinfo} cannot be read or no hierarchy is mounted
   */
  public static CgroupHost detect() throws IOException {
    return of(Files.readAllLines(Path.of("/proc/self/mountinfo"), StandardCharsets.UTF_8));
  }

  /** From the lines of proc_pid_mountinfo(5). */
  static CgroupHost of(List<String> mountinfo) throws IOException {
    Map<String, Path> v1 = new TreeMap<>();
    Path unified = null;
    for (String line : mountinfo) {
      // id parent dev root TARGET options… - TYPE source SUPEROPTIONS
      int dash = line.indexOf(" - ");
      if (dash < 0) {
        continue;
      }
      String[] left = line.substring(0, dash).split(" ", -1);
      String[] right = line.substring(dash + 3).split(" ", -1);
      Path target = Path.of(unescape(left[4]));
      if (right[0].equals("cgroup2") && unified == null) {
        unified = target;
      } else if (right[0].equals("cgroup")) {
        controllers(right[right.length - 1]).forEach(name -> v1.putIfAbsent(name, target));
      }
    }
    if (unified == null && v1.isEmpty()) {
      throw new IOException("no cgroup hierarchy is mounted (looked in /proc/self/mountinfo)");
    }
    List<String> left = unified == null ? List.of() : controllersOf(unified);
    CgroupMode mode =
        v1.isEmpty() ? CgroupMode.V2 : unified == null ? CgroupMode.V1 : CgroupMode.HYBRID;
    return new CgroupHost(mode, v1, unified, left);
  }

  /**
   * Why crun refuses this host, if it does: version 1 hierarchies beside a version 2 one that still
   * owns controllers ("cgroups in hybrid mode not supported, drop all controllers from cgroupv2").
   */
  public Optional<String> crunRefuses() {
    if (mode != CgroupMode.HYBRID || unifiedControllers.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        "the cgroup v2 hierarchy at "
            + unified
            + " still owns "
            + String.join(", ", unifiedControllers)
            + "; crun wants a v1 hierarchy mounted for each");
  }

  /** Whether a controller can be used, in either version. */
  public boolean has(String controller) {
    return mode == CgroupMode.V2
        // cpuacct is part of cpu there, and the freezer of every group.
        ? unifiedControllers.contains(controller) || controller.equals("freezer")
        : v1.containsKey(controller);
  }

  /** The mount points that groups are made in, each once. */
  Set<Path> roots() {
    Path two = unified;
    return mode == CgroupMode.V2 && two != null ? Set.of(two) : new TreeSet<>(v1.values());
  }

  private static List<String> controllers(String superOptions) {
    return List.of(superOptions.split(",", -1)).stream()
        .filter(o -> !o.isEmpty() && !NO_CONTROLLERS.contains(o))
        .filter(o -> o.startsWith("name=") || o.indexOf('=') < 0)
        .toList();
  }

  private static List<String> controllersOf(Path unified) throws IOException {
    Path file = unified.resolve("cgroup.controllers");
    if (!Files.exists(file)) {
      return List.of();
    }
    String text = Files.readString(file).strip();
    return text.isEmpty() ? List.of() : List.of(text.split(" ", -1));
  }

  /** Blank, tab, newline and backslash stand as octal escapes in mountinfo. */
  private static String unescape(String field) {
    return field
        .replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\");
  }
}
