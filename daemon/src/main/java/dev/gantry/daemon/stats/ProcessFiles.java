package dev.gantry.daemon.stats;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.OptionalLong;

/**
 * What the processes of a container have open.
 *
 * @param descriptors open file descriptors
 * @param sockets how many of them are sockets
 * @see <a href="https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html">proc_pid_fd(5)</a>
 */
record ProcessFiles(long descriptors, long sockets) {
  /** A container that opens more is told of as having so many: it must not cost us more. */
  private static final int MOST = 20_000;

  private static final String OPEN_FILES = "Max open files";

  /** Counts; a process that ends meanwhile has nothing open. */
  static ProcessFiles of(Collection<Integer> pids) {
    long descriptors = 0;
    long sockets = 0;
    for (int pid : pids) {
      try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
        for (Path descriptor : open) {
          descriptors++;
          if (isSocket(descriptor)) {
            sockets++;
          }
          if (descriptors == MOST) {
            return new ProcessFiles(descriptors, sockets);
          }
        }
      } catch (IOException | DirectoryIteratorException ended) {
        // What it had open before it ended is counted, which is as true as any moment.
      }
    }
    return new ProcessFiles(descriptors, sockets);
  }

  private static boolean isSocket(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
    } catch (IOException closedMeanwhile) {
      return false;
    }
  }

  /** How many files a process may open; empty when there is no limit, or no such process. */
  static OptionalLong openFilesLimit(int pid) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/limits"))) {
        if (line.startsWith(OPEN_FILES)) {
          String soft = line.substring(OPEN_FILES.length()).strip().split("\\s+", 2)[0];
          return soft.equals("unlimited")
              ? OptionalLong.empty()
              : OptionalLong.of(Long.parseLong(soft));
        }
      }
    } catch (IOException ended) {
      return OptionalLong.empty();
    }
    return OptionalLong.empty();
  }
}
