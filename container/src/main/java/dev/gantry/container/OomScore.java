package dev.gantry.container;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How soon the kernel kills a process for want of memory, see proc(5), {@code oom_score_adj}: a
 * property of processes, not of the cgroup, which children inherit.
 */
final class OomScore {
  private static final Logger LOG = LoggerFactory.getLogger(OomScore.class);

  private OomScore() {}

  /**
   * Sets it. Where this daemon may not lower it, it stays as it is; a process that has ended needs
   * none.
   */
  static void set(int pid, String value) throws IOException {
    Path file = file(pid);
    try {
      Files.writeString(file, value);
    } catch (AccessDeniedException e) {
      LOG.info("{} may not be lowered to {} by this daemon", file, value);
    } catch (IOException e) {
      if (Files.exists(file)) {
        throw e;
      }
    }
  }

  /** Gives a process what another one has; either may have ended. */
  static void copy(int from, int to) throws IOException {
    String value;
    try {
      value = Files.readString(file(from)).strip();
    } catch (IOException ended) {
      return;
    }
    set(to, value);
  }

  private static Path file(int pid) {
    return Path.of("/proc", Integer.toString(pid), "oom_score_adj");
  }
}
