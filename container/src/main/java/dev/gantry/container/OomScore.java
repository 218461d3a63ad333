package dev.gantry.container;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.OpenFlags;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
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
   *
   * @return whether it is another one now
   */
  static boolean set(int pid, String value) throws IOException {
    if (of(pid).filter(value::equals).isPresent()) {
      return false;
    }
    Path file = file(pid);
    try (Fd fd = At.open(At.CWD, file.toString(), OpenFlags.WRONLY, 0);
        OutputStream out = fd.output()) {
      out.write(value.getBytes(StandardCharsets.US_ASCII));
      return true;
    } catch (LinuxException e) {
      if (e.errno() == Errno.EACCES || e.errno() == Errno.EPERM) {
        LOG.info("{} may not be lowered to {} by this daemon", file, value);
      } else if (e.errno() != Errno.ENOENT && e.errno() != Errno.ESRCH) {
        throw e;
      }
      return false;
    }
  }

  /** What a process has; empty when it has ended. */
  static Optional<String> of(int pid) {
    try {
      return Optional.of(Files.readString(file(pid)).strip());
    } catch (IOException ended) {
      return Optional.empty();
    }
  }

  private static Path file(int pid) {
    return Path.of("/proc", Integer.toString(pid), "oom_score_adj");
  }
}
