package dev.gantry.daemon.pod;

import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.namespace.NamespaceType;
import dev.gantry.linux.namespace.PodNamespaces;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The pod's network, IPC and UTS namespaces: made on a thread, or with a user namespace by a helper
 * inside that, and pinned by bind mounts, so that no process need live to hold them.
 */
public final class SandboxNamespaces {
  private static final List<NamespaceType> PINNED =
      List.of(
          NamespaceType.PID,
          NamespaceType.UTS,
          NamespaceType.IPC,
          NamespaceType.NETWORK,
          NamespaceType.USER);

  /** The namespaces of its own that a pod pins, except PID, and where. */
  public static Map<NamespaceType, Path> pins(SandboxPaths paths, SandboxOptions options) {
    var pins = new EnumMap<NamespaceType, Path>(NamespaceType.class);
    if (!options.hostNetwork()) {
      pins.put(NamespaceType.NETWORK, paths.pin(NamespaceType.NETWORK));
      pins.put(NamespaceType.UTS, paths.pin(NamespaceType.UTS));
    }
    if (!options.hostIpc()) {
      pins.put(NamespaceType.IPC, paths.pin(NamespaceType.IPC));
    }
    if (options.ids() != null) {
      pins.put(NamespaceType.USER, paths.pin(NamespaceType.USER));
    }
    return pins;
  }

  /**
   * Makes and pins the namespaces; loopback is up and the sysctls are set when it returns.
   *
   * @throws CallFailure INVALID_ARGUMENT for a sysctl that the kernel does not have or a value that
   *     it does not take
   */
  public void make(SandboxPaths paths, SandboxOptions options) throws IOException, CallFailure {
    Files.createDirectory(
        paths.dir().resolve("ns"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Map<NamespaceType, Path> pins = pins(paths, options);
    if (!pins.isEmpty()) {
      try {
        PodNamespaces.pin(
            new PodNamespaces.PinRequest(
                pins,
                options.ids(),
                options.hostNetwork() ? null : options.hostname(),
                options.config().getLinux().getSysctlsMap(),
                !options.hostNetwork()));
      } catch (LinuxException e) {
        if (e.call().equals(PodNamespaces.SET_SYSCTL)) {
          throw new CallFailure(
              Status.Code.INVALID_ARGUMENT, "linux.sysctls: " + e.getMessage(), e);
        }
        throw e;
      }
    }
  }

  /** Lets a PID namespace go that an earlier attempt to start an init may have left. */
  void unpinPid(SandboxPaths paths) throws IOException {
    PodNamespaces.unpin(paths.pin(NamespaceType.PID));
  }

  /** Lets the namespaces go; with the last process in them they end. */
  public void undo(SandboxPaths paths) throws IOException {
    for (NamespaceType type : PINNED) {
      PodNamespaces.unpin(paths.pin(type));
    }
  }
}
