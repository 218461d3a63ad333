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
import java.util.OptionalLong;

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
   * Whether the kernel killed for want of memory: by the cgroup's own count while that is there,
   * else by conmon's note. The note may be missing, as conmon may see the end before the event; and
   * on version 1 it may be wrong, as the kernel tells every group below the one whose limit was
   * met, so that of a pod every container.
   */
  boolean oomKilled(ContainerRef container, int code) {
    boolean noted =
        Files.exists(container.persistDir().resolve("oom"))
            || Files.exists(container.bundle().resolve("oom"));
    if (!noted && code == 0) {
      return false;
    }
    try {
      OptionalLong kills = Cgroup.of(host, container.cgroupPath()).oomKills();
      return kills.isPresent() ? kills.getAsLong() > 0 : noted;
    } catch (LinuxException cgroupUnreadable) {
      return noted;
    }
  }
}
