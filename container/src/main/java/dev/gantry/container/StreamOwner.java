package dev.gantry.container;

import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.linux.namespace.IdMappings;
import dev.gantry.oci.runtime.User;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Gives a process of a user namespace the pipes that are its standard streams, so that it can open
 * {@code /dev/stdout}. OCI runtimes do that for others; there they cannot, as the pipes belong to a
 * user whom the namespace does not have.
 */
final class StreamOwner {
  private static final int STREAMS = 3;

  private StreamOwner() {}

  /** Of a command in the namespaces of the process {@code pid}, before it is started. */
  static void give(int pid, User user, List<@Nullable Fd> streams) throws IOException {
    Optional<IdMappings> ids = IdMappings.ofProcess(pid);
    if (ids.isPresent()) {
      for (Fd stream : streams) {
        if (stream != null) {
          give(stream, ids.get(), user);
        }
      }
    }
  }

  /** Of a process that has them already. */
  static void give(int pid, User user) throws IOException {
    Optional<IdMappings> ids = IdMappings.ofProcess(pid);
    if (ids.isPresent()) {
      for (int number = 0; number < STREAMS; number++) {
        try (Fd stream = At.open(At.CWD, "/proc/" + pid + "/fd/" + number, OpenFlags.PATH, 0)) {
          give(stream, ids.get(), user);
        }
      }
    }
  }

  /** Pipes only: anything else, /dev/null first of all, is not ours to give. */
  private static void give(Fd stream, IdMappings ids, User user) throws LinuxException {
    long uid = ids.hostUser(user.uid());
    long gid = ids.hostGroup(user.gid());
    if (At.stat(stream).type() == FileStat.FIFO && uid >= 0 && gid >= 0) {
      At.chown(stream, "", (int) uid, (int) gid);
    }
  }
}
