package dev.gantry.linux.cgroup;

import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Walking and removing the directories of one hierarchy. */
final class CgroupTree {
  private CgroupTree() {}

  /** A directory and all below it, children before parents; empty when it is not there. */
  static List<Path> bottomUp(Path dir) {
    List<Path> found = new ArrayList<>();
    collect(dir, found);
    return found;
  }

  private static void collect(Path dir, List<Path> found) {
    if (!Files.isDirectory(dir, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(dir, e -> Files.isDirectory(e, LinkOption.NOFOLLOW_LINKS))) {
      entries.forEach(child -> collect(child, found));
    } catch (IOException | DirectoryIteratorException removedMeanwhile) {
      // A group that its owner removes while we look has nothing below it any more; if it is still
      // there, whoever wants to remove or kill it sees that by the result.
      if (!Files.isDirectory(dir, LinkOption.NOFOLLOW_LINKS)) {
        return;
      }
    }
    found.add(dir);
  }

  /** The processes directly in a group. */
  static Set<Integer> pidsOf(Path dir) throws LinuxException {
    Set<Integer> pids = new TreeSet<>();
    for (String line : CgroupFile.read(dir.resolve("cgroup.procs")).orElse("").split("\n", -1)) {
      int pid = line.isBlank() ? 0 : Integer.parseInt(line.strip());
      if (pid > 0) {
        pids.add(pid);
      }
    }
    return pids;
  }

  /** Removes a group with all below it, trying again while the kernel answers EBUSY. */
  static void remove(Path dir, long untilNanoTime) throws LinuxException {
    Backoff backoff = new Backoff(untilNanoTime);
    while (true) {
      try {
        for (Path group : bottomUp(dir)) {
          CgroupFile.rmdir(group);
        }
        return;
      } catch (LinuxException e) {
        // ENOTEMPTY: somebody made a group below while we removed; it is seen the next time.
        boolean again = e.errno() == Errno.EBUSY || e.errno() == Errno.ENOTEMPTY;
        if (!again || !backoff.pause()) {
          throw e;
        }
      }
    }
  }
}
