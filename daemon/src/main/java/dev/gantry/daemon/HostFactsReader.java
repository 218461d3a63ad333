package dev.gantry.daemon;

import dev.gantry.daemon.doctor.HostCapabilities;
import dev.gantry.daemon.spec.HostFacts;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.cgroup.CgroupMode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;

/** Reads the facts of the host that specifications depend on; they do not change while it is up. */
final class HostFactsReader {
  private static final int LOWEST_OOM_SCORE = -1000;
  private static final Path OWN_OOM_SCORE = Path.of("/proc/self/oom_score_adj");

  private static final Path OWN_CGROUPS = Path.of("/proc/self/cgroup");
  private static final Path OWN_USER_IDS = Path.of("/proc/self/uid_map");

  /** The map of the host's user namespace; others may have all rights, but not over the host. */
  private static final String ALL_USER_IDS = "0 0 4294967295";

  private static final Path HUGE_PAGES = Path.of("/sys/kernel/mm/hugepages");
  private static final long MEGA = 1 << 10;
  private static final long GIGA = 1 << 20;

  private HostFactsReader() {}

  static HostFacts read(CgroupHost cgroups, boolean systemdCgroups) throws IOException {
    HostCapabilities capabilities = HostCapabilities.read();
    boolean cgroup2 = cgroups.mode() == CgroupMode.V2;
    return new HostFacts(
        capabilities,
        cgroup2,
        systemdCgroups,
        swapAccounting(cgroups),
        cgroups.has("hugetlb") ? hugepageSizes() : Set.of(),
        leastOomScore(
            capabilities,
            Files.readString(OWN_USER_IDS),
            Integer.parseInt(Files.readString(OWN_OOM_SCORE).strip())));
  }

  /** The kernel names its directories in kB, and the cgroup's files by the largest whole unit. */
  private static Set<String> hugepageSizes() throws IOException {
    var sizes = new HashSet<String>();
    if (Files.isDirectory(HUGE_PAGES)) {
      try (DirectoryStream<Path> directories = Files.newDirectoryStream(HUGE_PAGES, "*kB")) {
        for (Path directory : directories) {
          String name = directory.getFileName().toString();
          long kilobytes = Long.parseLong(name.replaceAll("\\D", ""));
          sizes.add(
              kilobytes % GIGA == 0
                  ? kilobytes / GIGA + "GB"
                  : kilobytes % MEGA == 0 ? kilobytes / MEGA + "MB" : kilobytes + "KB");
        }
      }
    }
    return sizes;
  }

  private static boolean swapAccounting(CgroupHost cgroups) throws IOException {
    Path two = cgroups.unified();
    if (cgroups.mode() == CgroupMode.V2 && two != null) {
      return limitsSwap(two, Files.readString(OWN_CGROUPS));
    }
    return Files.exists(Path.of("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes"));
  }

  /**
   * Whether a group of a version 2 hierarchy can limit swap, as the daemon's own and those at the
   * top show: the root itself never has that file, and which others there are is the init system's.
   *
   * @param ownCgroups the lines of proc_pid_cgroup(5)
   */
  static boolean limitsSwap(Path root, String ownCgroups) throws IOException {
    var groups = new ArrayList<Path>();
    ownCgroups
        .lines()
        .filter(line -> line.startsWith("0::/"))
        .forEach(line -> groups.add(root.resolve(line.substring("0::/".length()))));
    try (DirectoryStream<Path> top = Files.newDirectoryStream(root)) {
      top.forEach(groups::add);
    }
    return groups.stream().anyMatch(group -> Files.exists(group.resolve("memory.swap.max")));
  }

  /**
   * Without CAP_SYS_RESOURCE in the host's user namespace a process can raise the value it has but
   * not lower it, proc(5).
   */
  static int leastOomScore(HostCapabilities capabilities, String userIds, int own) {
    boolean ofTheHost = userIds.strip().replaceAll("\\s+", " ").equals(ALL_USER_IDS);
    return capabilities.has("CAP_SYS_RESOURCE") && ofTheHost ? LOWEST_OOM_SCORE : own;
  }
}
