package dev.gantry.linux.namespace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Which ids of the host a user namespace has, and under which numbers; see user_namespaces(7).
 *
 * @param uids of users, at least one run
 * @param gids of groups, at least one run
 */
public record IdMappings(List<Run> uids, List<Run> gids) {
  private static final long LARGEST = 0xffff_fffeL;

  /**
   * Ids that follow one another.
   *
   * @param inside the first in the namespace
   * @param host the first on the host
   * @param length how many, at least 1
   */
  public record Run(long inside, long host, long length) {
    public Run {
      boolean outOfRange = inside < 0 || host < 0 || length < 1;
      if (outOfRange || inside + length - 1 > LARGEST || host + length - 1 > LARGEST) {
        throw new IllegalArgumentException(
            "no run of ids: " + inside + " " + host + " " + length + " (must be below 2^32 - 1)");
      }
    }

    /** Whether the namespace has this id of its own. */
    public boolean maps(long id) {
      return id >= inside && id < inside + length;
    }
  }

  public IdMappings {
    uids = List.copyOf(uids);
    gids = List.copyOf(gids);
    if (uids.isEmpty() || gids.isEmpty()) {
      throw new IllegalArgumentException("a user namespace needs a mapping of users and of groups");
    }
  }

  /**
   * Those of the user namespace that a process is in, nothing when that is this process's own too.
   *
   * @throws IOException when there is no such process
   */
  public static Optional<IdMappings> ofProcess(int pid) throws IOException {
    Path process = Path.of("/proc/" + pid);
    Path own = Files.readSymbolicLink(Path.of("/proc/self/ns/user"));
    return Files.readSymbolicLink(process.resolve("ns/user")).equals(own)
        ? Optional.empty()
        : Optional.of(
            new IdMappings(parse(process.resolve("uid_map")), parse(process.resolve("gid_map"))));
  }

  private static List<Run> parse(Path map) throws IOException {
    return Files.readAllLines(map).stream()
        .map(line -> line.strip().split("\\s+", -1))
        .map(n -> new Run(Long.parseLong(n[0]), Long.parseLong(n[1]), Long.parseLong(n[2])))
        .toList();
  }

  /** The user of the host that is {@code id} in the namespace, or -1. */
  public long hostUser(long id) {
    return host(uids, id);
  }

  /** The group of the host that is {@code id} in the namespace, or -1. */
  public long hostGroup(long id) {
    return host(gids, id);
  }

  private static long host(List<Run> runs, long id) {
    return runs.stream()
        .filter(run -> run.maps(id))
        .mapToLong(run -> run.host() + id - run.inside())
        .findFirst()
        .orElse(-1);
  }

  /** As {@code /proc/<pid>/uid_map} wants it. */
  static String text(List<Run> runs) {
    return runs.stream()
        .map(run -> run.inside() + " " + run.host() + " " + run.length() + "\n")
        .collect(Collectors.joining());
  }
}
