package dev.gantry.container;

import dev.gantry.linux.LinuxException;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** Reads what conmon leaves behind about how a container ended. */
final class ExitFiles {
  private final CgroupHost host;

  ExitFiles(CgroupHost host) {
    this.host = host;
  }

  /** How the container ended, if conmon has written it: in the exit directory or beside. */
  Optional<ExitRecord> read(ContainerRef container) throws IOException {
    Optional<ExitRecord> record = read(container, container.exitDir().resolve(container.id()));
    return record.isPresent() ? record : read(container, container.persistDir().resolve("exit"));
  }

  private Optional<ExitRecord> read(ContainerRef container, Path file) throws IOException {
    try {
      Instant finished = Files.getLastModifiedTime(file).toInstant();
      int code = code(Files.readString(file).strip());
      return Optional.of(new ExitRecord(code, finished, oomKilled(container, code), false));
    } catch (NoSuchFileException notYet) {
      return Optional.empty();
    }
  }

  private static int code(String text) {
    try {
      int code = Integer.parseInt(text);
      return code < 0 ? ExitRecord.UNKNOWN_CODE : code;
    } catch (NumberFormatException torn) {
      return ExitRecord.UNKNOWN_CODE;
    }
  }

  /**
   * Whether the kernel killed for want of memory: conmon's note, or, as it may see the end before
   * the event, the cgroup's own count while that is there.
   */
  boolean oomKilled(ContainerRef container, int code) {
    if (Files.exists(container.persistDir().resolve("oom"))
        || Files.exists(container.bundle().resolve("oom"))) {
      return true;
    }
    try {
      return code != 0 && Cgroup.of(host, container.cgroupPath()).stats().oomKills() > 0;
    } catch (LinuxException cgroupUnreadable) {
      return false;
    }
  }
}
