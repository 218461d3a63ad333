package dev.gantry.container;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How to run the containers of one handler.
 *
 * @param handler the CRI's name for it, such as {@code crun}
 * @param binary the OCI runtime, absolute
 * @param root where the runtime keeps its state; this handler's alone
 * @param options for the runtime, before its command
 * @param conmon the monitor, absolute
 * @param socketDirectory private, for conmon's console sockets; a short path, as a unix socket's
 *     name has at most 107 bytes
 * @param systemdCgroup whether the runtime asks systemd for cgroups
 * @param monitorsCgroup the cgroup that every conmon runs in, or null to leave it where we are
 * @param createDeadline how long a create may take
 * @param commandDeadline how long any other command of the runtime may take
 */
public record RuntimeConfig(
    String handler,
    Path binary,
    Path root,
    List<String> options,
    Path conmon,
    Path socketDirectory,
    boolean systemdCgroup,
    @Nullable String monitorsCgroup,
    Duration createDeadline,
    Duration commandDeadline) {
  /** As long as CRI-O gives a create. */
  public static final Duration CREATE_DEADLINE = Duration.ofMinutes(4);

  public static final Duration COMMAND_DEADLINE = Duration.ofMinutes(1);

  public RuntimeConfig {
    options = List.copyOf(options);
    if (!binary.isAbsolute() || !root.isAbsolute() || !conmon.isAbsolute()) {
      throw new IllegalArgumentException(
          "handler " + handler + ": binary, root and conmon must be absolute paths");
    }
  }

  /** With cgroupfs, no monitors cgroup and the default deadlines. */
  public static RuntimeConfig of(
      String handler, Path binary, Path conmon, Path root, Path socketDirectory) {
    return new RuntimeConfig(
        handler,
        binary,
        root,
        List.of(),
        conmon,
        socketDirectory,
        false,
        null,
        CREATE_DEADLINE,
        COMMAND_DEADLINE);
  }

  /** The same with its monitors in a cgroup. */
  public RuntimeConfig withMonitorsCgroup(@Nullable String path) {
    return new RuntimeConfig(
        handler,
        binary,
        root,
        options,
        conmon,
        socketDirectory,
        systemdCgroup,
        path,
        createDeadline,
        commandDeadline);
  }

  /** The same with another deadline for creates. */
  public RuntimeConfig withCreateDeadline(Duration deadline) {
    return new RuntimeConfig(
        handler,
        binary,
        root,
        options,
        conmon,
        socketDirectory,
        systemdCgroup,
        monitorsCgroup,
        deadline,
        commandDeadline);
  }

  /** Where the runtime keeps one container's state. */
  Path stateOf(String containerId) {
    return root.resolve(containerId);
  }
}
