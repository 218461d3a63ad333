package dev.gantry.linux.cgroup;

import dev.gantry.linux.Backoff;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Walking and removing the directories of one hierarchy. */
final class CgroupTree {
  private static final int LINKS_OF_LEAF = 2;

  private CgroupTree() {}

  /** A directory and all below it, children before parents; empty when it is not there. */
  static List<Path> bottomUp(Path dir) throws LinuxException {
    List<Path> found = new ArrayList<>();
    collect(dir, found);
    return found;
  }

  private static void collect(Path dir, List<Path> found) throws LinuxException {
    Optional<FileStat> stat = At.find(Fd.CWD, dir.toString(), false);
    if (stat.isEmpty() || !stat.get().isDirectory()) {
      return;
    }
    // cgroupfs counts links as file systems on disk do: two, and one for each group below.
    if (stat.get().nlink() != LINKS_OF_LEAF) {
      for (Path child : children(dir)) {
        collect(child, found);
      }
    }
    found.add(dir);
  }

  /** None when the group was removed meanwhile. */
  private static List<Path> children(Path dir) {
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(dir, e -> Files.isDirectory(e, LinkOption.NOFOLLOW_LINKS))) {
      entries.forEach(children::add);
    } catch (IOException | DirectoryIteratorException removedMeanwhile) {
      // If it is still there, whoever wants to remove or kill it sees that by the result.
      return List.of();
    }
    return children;
  }

  /** The processes directly in a group, and on version 1 those with a thread in it. */
  static Set<Integer> pidsOf(Path dir) throws LinuxException {
    return numbers(dir.resolve("cgroup.procs"));
  }

  /** Whether more of a listed process than a thread of its own making is in a group. */
  static boolean isWhole(Path dir, int pid) throws LinuxException {
    Path threads = dir.resolve("tasks");
    // The first thread has the number of the process. Version 2 has no such file: all or nothing.
    return !Files.exists(threads) || numbers(threads).contains(pid);
  }

  private static Set<Integer> numbers(Path file) throws LinuxException {
    Set<Integer> pids = new TreeSet<>();
    for (String line : CgroupFile.read(file).orElse("").split("\n", -1)) {
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
