package dev.gantry.container;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.linux.file.Resolve;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a container's log goes: a file in or below the pod's log directory.
 *
 * <p>conmon opens it as root and follows links, so a link at its end, or one on the way that leaves
 * the directory, is refused here.
 *
 * @param directory the pod's log directory, absolute; how to get to it is trusted
 * @param relative the container's log below it
 */
public record LogTarget(Path directory, Path relative) {
  private static final int DIRECTORY_MODE = 0755;

  /** As conmon makes it. */
  private static final int FILE_MODE = 0640;

  private static final int FILE_FLAGS =
      OpenFlags.WRONLY | OpenFlags.CREAT | OpenFlags.NOFOLLOW | OpenFlags.NONBLOCK;

  public LogTarget {
    if (!directory.isAbsolute()) {
      throw new IllegalArgumentException("log directory " + directory + " is not absolute");
    }
    if (relative.isAbsolute() || relative.toString().isEmpty()) {
      throw new IllegalArgumentException("log path \"" + relative + "\" is not a relative path");
    }
    for (Path part : relative) {
      if (part.toString().equals("..")) {
        throw new IllegalArgumentException("log path \"" + relative + "\" leaves its directory");
      }
    }
    relative = relative.normalize();
    if (relative.toString().isEmpty()) {
      throw new IllegalArgumentException("log path names the log directory itself");
    }
  }

  /** The whole path, as clients name it. */
  public Path path() {
    return directory.resolve(relative);
  }

  /**
   * Makes directories that are missing below the log directory, and the log, and checks that it can
   * be written safely.
   *
   * @return the path for conmon, free of links
   * @throws RuntimeFailure LOG_PATH saying what is in the way, SYSTEM when there is no room
   */
  Path prepare() throws RuntimeFailure {
    return open(true);
  }

  /** As {@link #prepare}, but a missing directory is refused. */
  static Path check(Path log) throws RuntimeFailure {
    Path name = log.getFileName();
    Path parent = log.getParent();
    if (name == null || parent == null) {
      throw refused(log, "is not a file's path");
    }
    return new LogTarget(parent, name).open(false);
  }

  private Path open(boolean makeMissing) throws RuntimeFailure {
    Path log = path();
    try (Fd root = At.open(At.CWD, directory.toString(), directoryHandle(), 0)) {
      Path parent = relative.getParent();
      if (makeMissing) {
        makeDirectories(root, parent);
      }
      try (Fd dir = below(root, parent)) {
        String name = relative.getFileName().toString();
        refuseIfOddFile(dir, name, log);
        // conmon reopens a log by way of this name.
        refuseIfOddFile(dir, name + ".tmp", log);
        if (makeMissing) {
          At.open(dir, name, FILE_FLAGS, FILE_MODE).close();
        }
        Path real = Path.of(At.readlink(At.CWD, dir.procPath())).resolve(name);
        if (real.toString().indexOf(':') >= 0) {
          throw refused(log, "has a ':' in it, which conmon cannot write to");
        }
        return real;
      }
    } catch (LinuxException e) {
      boolean noRoom = e.errno() == Errno.ENOSPC || e.errno() == Errno.EDQUOT;
      throw new RuntimeFailure(
          noRoom ? RuntimeFailure.Kind.SYSTEM : RuntimeFailure.Kind.LOG_PATH,
          "log " + log + ": " + why(e),
          e);
    }
  }

  private static String why(LinuxException e) {
    return e.errno() == Errno.EXDEV
        ? "a link on the way leaves the log directory (" + e.subject() + ")"
        : Objects.toString(e.getMessage(), "");
  }

  private static int directoryHandle() {
    return OpenFlags.PATH | OpenFlags.DIRECTORY;
  }

  private static Fd below(Fd root, @Nullable Path path) throws LinuxException {
    String name = path == null ? "." : path.toString();
    return At.openIn(root, name, directoryHandle(), 0, Resolve.BENEATH, Resolve.NO_MAGICLINKS);
  }

  private static void makeDirectories(Fd root, @Nullable Path parent) throws LinuxException {
    for (int i = 1; parent != null && i <= parent.getNameCount(); i++) {
      try (Fd above = below(root, i == 1 ? null : parent.subpath(0, i - 1))) {
        At.mkdir(above, parent.getName(i - 1).toString(), DIRECTORY_MODE);
      } catch (LinuxException e) {
        if (e.errno() != Errno.EEXIST) {
          throw e;
        }
      }
    }
  }

  private static void refuseIfOddFile(Fd dir, String name, Path log)
      throws LinuxException, RuntimeFailure {
    Optional<FileStat> there = At.find(dir, name, false);
    if (there.isPresent() && !there.get().isRegular()) {
      String what = there.get().isSymlink() ? "a symbolic link" : "no regular file";
      throw refused(log, "refused, as " + name + " is " + what);
    }
  }

  private static RuntimeFailure refused(Path log, String why) {
    return new RuntimeFailure(RuntimeFailure.Kind.LOG_PATH, "log " + log + " " + why);
  }
}
