package dev.gantry.daemon.pod;

import dev.gantry.daemon.doctor.Binaries;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.namespace.IdMappings;
import dev.gantry.linux.namespace.NamespaceType;
import dev.gantry.linux.namespace.PodInit;
import dev.gantry.linux.process.Pidfd;
import dev.gantry.linux.process.ProcessId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The init of a pod whose containers share one PID namespace: a confined catatonit. Pods of the
 * kubelet have none.
 */
public final class SandboxInit {
  private static final int SIGKILL = 9;

  private final String configured;
  private final Path root;

  /**
   * For that binary, looked for when the first pod needs it.
   *
   * @param configured a path or a name; the binary must be static
   * @param root directory that all inits share as their root file system, read-only to them
   */
  public SandboxInit(String configured, Path root) {
    this.configured = configured;
    this.root = root;
  }

  /**
   * Starts the init in a PID namespace that it makes and pins, and in the pod's other namespaces.
   *
   * @param cgroup where the init runs; null for the daemon's own
   */
  ProcessId make(SandboxPaths paths, SandboxOptions options, @Nullable Cgroup cgroup)
      throws IOException, CallFailure {
    Path catatonit =
        Binaries.find(configured)
            .orElseThrow(() ->
                CallFailure.precondition(
                    "a pod with a shared PID namespace needs "
                        + configured
                        + ", which is not there: install the package catatonit"));
    return PodInit.start(
        new PodInit.Request(
            root,
            catatonit,
            SandboxNamespaces.pins(paths, options),
            user(options.ids()),
            paths.pin(NamespaceType.PID),
            cgroup));
  }

  /** The usual user, or the last that a smaller user namespace has. */
  private static int user(@Nullable IdMappings ids) {
    if (ids == null || ids.hostUser(PodInit.USER) >= 0) {
      return PodInit.USER;
    }
    IdMappings.Run run = ids.uids().getFirst();
    return (int) (run.inside() + run.length() - 1);
  }

  /** Kills the init, and with it whatever is left in its PID namespace. */
  public void undo(ProcessId init) throws IOException {
    Optional<Pidfd> pidfd = Pidfd.open(init);
    if (pidfd.isPresent()) {
      try (Pidfd process = pidfd.get()) {
        process.signal(SIGKILL);
      }
    }
  }
}
