package dev.gantry.container;

import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.linux.file.Resolve;
import dev.gantry.linux.process.ProcessId;
import dev.gantry.oci.runtime.Mount;
import dev.gantry.oci.runtime.Process;
import dev.gantry.oci.runtime.RuntimeSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Whether a command is in a container's file system, looked up as the runtime does. It tells, after
 * a runtime failed, whether the missing command was why.
 */
final class CommandLookup {
  private static final String DEFAULT_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private static final Duration DEADLINE = Duration.ofSeconds(10);

  /** What was found. */
  enum Verdict {
    FOUND,
    MISSING,
    NOT_EXECUTABLE,
    /** In a file system that only the container sees. */
    UNKNOWN
  }

  private final Path rootfs;
  private final List<Mount> mountsDeepestFirst;

  private CommandLookup(Path rootfs, List<Mount> mounts) {
    this.rootfs = rootfs;
    // Of several mounts on one place the last is seen.
    this.mountsDeepestFirst =
        mounts.reversed().stream()
            .sorted(
                Comparator.comparingInt((Mount m) -> Path.of(m.destination()).getNameCount())
                    .reversed())
            .toList();
  }

  /** Looks from the outside, in the root file system of the bundle and in what is mounted on it. */
  static CommandLookup ofBundle(Path bundle, RuntimeSpec spec) {
    Path root = spec.root() == null ? Path.of("rootfs") : Path.of(spec.root().path());
    return new CommandLookup(bundle.resolve(root), spec.mounts());
  }

  /** Looks through the eyes of a container's process, which sees all of the mounts. */
  static CommandLookup ofProcess(ProcessId process) {
    return new CommandLookup(Path.of("/proc/" + process.pid() + "/root"), List.of());
  }

  /** Looks on a thread of its own: what the image and the mounts lead to may hang. */
  Verdict find(Process process) {
    try {
      return BlockingCalls.run("look up " + process.args(), DEADLINE, () -> look(process));
    } catch (IOException unanswered) {
      return Verdict.UNKNOWN;
    }
  }

  private Verdict look(Process process) {
    String name = process.args().isEmpty() ? "" : process.args().getFirst();
    if (name.indexOf('/') >= 0) {
      return at(Path.of("/").resolve(process.cwd()).resolve(name).normalize());
    }
    Verdict worst = Verdict.MISSING;
    for (String dir : searchPath(process.env()).split(":", -1)) {
      Path base = Path.of("/").resolve(process.cwd()).resolve(dir);
      Verdict verdict = at(base.resolve(name).normalize());
      if (verdict == Verdict.FOUND) {
        return verdict;
      }
      worst = verdict == Verdict.MISSING ? worst : verdict;
    }
    return worst;
  }

  private static String searchPath(List<String> env) {
    return env.stream()
        .filter(e -> e.startsWith("PATH="))
        .reduce((first, second) -> second)
        .map(e -> e.substring(5))
        .orElse(DEFAULT_PATH);
  }

  private Verdict at(Path path) {
    Optional<Mount> mount =
        mountsDeepestFirst.stream().filter(m -> path.startsWith(m.destination())).findFirst();
    if (mount.isEmpty()) {
      return in(rootfs, Path.of("/").relativize(path));
    }
    String source = mount.get().source();
    boolean bind =
        mount.get().options().stream().anyMatch(o -> o.equals("bind") || o.equals("rbind"));
    if (!bind || source == null || !Path.of(source).isAbsolute()) {
      return Verdict.UNKNOWN;
    }
    return in(Path.of(source), Path.of(mount.get().destination()).relativize(path));
  }

  /** The image decides what is there: nothing is followed out of it and nothing is opened. */
  private static Verdict in(Path root, Path relative) {
    String below = relative.toString();
    try (Fd base = At.open(At.CWD, root.toString(), OpenFlags.PATH, 0)) {
      return below.isEmpty() ? verdict(At.stat(base)) : below(base, below);
    } catch (LinuxException e) {
      return Verdict.UNKNOWN; // a source that is gone, or the process
    }
  }

  private static Verdict below(Fd base, String path) {
    try (Fd file =
        At.openIn(base, path, OpenFlags.PATH, 0, Resolve.IN_ROOT, Resolve.NO_MAGICLINKS)) {
      return verdict(At.stat(file));
    } catch (LinuxException e) {
      boolean absent = e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR;
      return absent ? Verdict.MISSING : Verdict.UNKNOWN;
    }
  }

  private static Verdict verdict(FileStat stat) {
    boolean executable = stat.isRegular() && (stat.permissions() & 0111) != 0;
    return executable ? Verdict.FOUND : Verdict.NOT_EXECUTABLE;
  }
}
