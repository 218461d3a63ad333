package dev.gantry.linux.cgroup;

import dev.gantry.linux.LinuxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * One control group: the same path in every hierarchy of the host, or the one directory on version
 * 2. On a hybrid host nothing is made in the version 2 hierarchy, but what OCI runtimes make there
 * is removed with the rest.
 *
 * <p>Nothing is held open and nothing is remembered: every call looks at the kernel anew, so two
 * instances for one path are the same. See cgroups(7) and the kernel's cgroup-v1 and cgroup-v2
 * pages.
 */
public final class Cgroup {
  private static final Duration DEFAULT_DEADLINE = Duration.ofSeconds(10);

  private final CgroupHost host;
  private final String path;

  private Cgroup(CgroupHost host, String path) {
    this.host = host;
    this.path = path;
  }

  /**
   * The group at a path below the hierarchies' roots; nothing is made.
   *
   * @throws IllegalArgumentException when the path is not absolute, is the root itself, or has an
   *     empty, {@code .} or {@code ..} part
   */
  public static Cgroup of(CgroupHost host, String path) {
    if (!path.startsWith("/") || path.length() < 2 || path.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("not a cgroup path: \"" + path + "\"");
    }
    String trimmed = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    for (String part : trimmed.substring(1).split("/", -1)) {
      if (part.isEmpty() || part.equals(".") || part.equals("..")) {
        throw new IllegalArgumentException("not a cgroup path: \"" + path + "\"");
      }
    }
    return new Cgroup(host, trimmed);
  }

  /** The path below the hierarchies' roots, such as {@code /kubepods/pod1}. */
  public String path() {
    return path;
  }

  /** Which hierarchies the group is in. */
  public CgroupMode mode() {
    return host.mode();
  }

  /** The group of this name directly below this one; nothing is made. */
  public Cgroup child(String name) {
    return of(host, path + "/" + name);
  }

  /** This group's directory in each hierarchy, whether it is there or not. */
  public List<Path> directories() {
    return host.roots().stream().map(this::below).toList();
  }

  /**
   * {@link #directories()} and, on a hybrid host, the one of version 2: we make none there, but
   * every OCI runtime does.
   */
  private List<Path> everywhere() {
    List<Path> all = new ArrayList<>(directories());
    Path two = host.unified();
    if (host.mode() == CgroupMode.HYBRID && two != null) {
      all.add(below(two));
    }
    return all;
  }

  /** Whether the group is there in any hierarchy. */
  public boolean exists() {
    return everywhere().stream().anyMatch(Files::isDirectory);
  }

  /**
   * Makes the group, and the groups above it that are missing, in every hierarchy. A new version 1
   * cpuset gets its parent's cpus and memory nodes; on version 2 the controllers are switched on
   * from the root down.
   *
   * @return the directories that were not there before, parents first
   * @throws LinuxException naming the directory or file; what this call had made is removed again
   */
  public List<Path> create() throws LinuxException {
    return new CgroupCreator(host).create(parts());
  }

  /**
   * Writes limits.
   *
   * @throws LinuxException naming the file and value that the kernel refused, or that is missing
   *     because its controller is
   */
  public void apply(CgroupLimits limits) throws LinuxException {
    if (host.mode() == CgroupMode.V2) {
      LimitWriter.v2(directory("").orElseThrow(), limits);
    } else {
      new LimitWriter(this::directory).v1(limits);
    }
  }

  /** Moves a process with all its threads into the group, in every hierarchy. */
  public void addProcess(int pid) throws LinuxException {
    for (Path dir : directories()) {
      CgroupFile.write(dir.resolve("cgroup.procs"), Integer.toString(pid));
    }
  }

  /**
   * Moves one thread into the group in every hierarchy, version 1 only: what the thread spawns
   * afterwards is born in the group.
   *
   * @param tid the thread, or 0 for the calling one, which is cheap: the kernel needs no global
   *     lock
   * @throws IllegalStateException on version 2, which moves only whole processes
   */
  public void addThread(int tid) throws LinuxException {
    if (host.mode() == CgroupMode.V2) {
      throw new IllegalStateException("cgroup v2 moves whole processes, not threads");
    }
    for (Path dir : directories()) {
      CgroupFile.write(dir.resolve("tasks"), Integer.toString(tid));
    }
  }

  /**
   * The processes in this group and all groups below it; those outside our PID namespace, and dead
   * ones, are not listed.
   */
  public Set<Integer> pids() throws LinuxException {
    return new TreeSet<>(members().keySet());
  }

  /** As {@link #pids()}, and for each process a directory that lists it. */
  Map<Integer, Path> members() throws LinuxException {
    Map<Integer, Path> members = new HashMap<>();
    for (Path dir : everywhere()) {
      for (Path group : CgroupTree.bottomUp(dir)) {
        CgroupTree.pidsOf(group).forEach(pid -> members.put(pid, group));
      }
    }
    return members;
  }

  /** As {@link #kill(Duration)} with ten seconds. */
  public void kill() throws LinuxException {
    kill(DEFAULT_DEADLINE);
  }

  /**
   * Kills every process in this group and below, and returns when none is left.
   *
   * @throws LinuxException ETIMEDOUT naming those that are still there at the deadline
   * @throws IllegalStateException when this very process is in the group; a thread of it, on
   *     version 1, is waited for
   */
  public void kill(Duration deadline) throws LinuxException {
    new CgroupKiller(host, this).kill(deadline);
  }

  /**
   * Stops every process in this group and below from running, and returns when all have stopped.
   *
   * @throws LinuxException ETIMEDOUT when they have not after ten seconds
   */
  public void freeze() throws LinuxException {
    new CgroupKiller(host, this).freeze(DEFAULT_DEADLINE);
  }

  /** Lets a frozen group run again; one that is not there or not frozen is left as it is. */
  public void thaw() throws LinuxException {
    new CgroupKiller(host, this).thaw();
  }

  /** As {@link #delete(Duration)} with ten seconds. */
  public void delete() throws LinuxException {
    delete(DEFAULT_DEADLINE);
  }

  /**
   * Removes the group with all below it from every hierarchy; one that is not there is fine. The
   * kernel answers EBUSY for a moment after the last process died: that is retried.
   *
   * @throws LinuxException EBUSY naming the directory that could not be removed until the deadline
   */
  public void delete(Duration deadline) throws LinuxException {
    long until = System.nanoTime() + deadline.toNanos();
    List<LinuxException> failed = new ArrayList<>();
    for (Path dir : everywhere()) {
      try {
        CgroupTree.remove(dir, until);
      } catch (LinuxException e) {
        failed.add(e);
      }
    }
    if (!failed.isEmpty()) {
      LinuxException first = failed.getFirst();
      failed.stream().skip(1).forEach(first::addSuppressed);
      throw first;
    }
  }

  /** What the group has used; all zero when it is not there. */
  public CgroupStats stats() throws LinuxException {
    var reader = new StatsReader(new UsageFiles(this::directory));
    Path two = host.unified();
    return host.mode() == CgroupMode.V2
        ? reader.v2(directory("").orElseThrow())
        : reader.v1(two == null ? null : below(two));
  }

  /**
   * How many processes of this group and of those below it the kernel has killed for want of
   * memory; empty when the group is not there, or the kernel (before Linux 4.13) does not count.
   */
  public OptionalLong oomKills() throws LinuxException {
    boolean two = host.mode() == CgroupMode.V2;
    List<Path> groups = new ArrayList<>();
    for (Path dir : directory("memory").stream().toList()) {
      // Version 2 counts what is below with the group itself.
      groups.addAll(two ? List.of(dir) : CgroupTree.bottomUp(dir));
    }
    String file = two ? "memory.events" : "memory.oom_control";
    OptionalLong sum = OptionalLong.empty();
    for (Path group : groups) {
      var files = new UsageFiles(controller -> Optional.of(group));
      Long kills = files.pairs("memory", file).get("oom_kill");
      if (kills != null) {
        sum = OptionalLong.of(sum.orElse(0) + kills);
      }
    }
    return sum;
  }

  /** All that is to be known of what the group has used, for who wants more than the CRI. */
  public CgroupDetails details() throws LinuxException {
    var reader = new DetailsReader(new UsageFiles(this::directory), directory("hugetlb"));
    return host.mode() == CgroupMode.V2 ? reader.v2(stats()) : reader.v1(stats());
  }

  /** This group's directory in a controller's hierarchy, if that is mounted. */
  Optional<Path> directory(String controller) {
    Path two = host.unified();
    Path root = host.mode() == CgroupMode.V2 ? two : host.v1().get(controller);
    return Optional.ofNullable(root).map(this::below);
  }

  private Path below(Path root) {
    return root.resolve(path.substring(1));
  }

  private List<String> parts() {
    return List.of(path.substring(1).split("/", -1));
  }

  @Override
  public String toString() {
    return path;
  }
}
