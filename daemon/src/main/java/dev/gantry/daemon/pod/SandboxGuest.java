package dev.gantry.daemon.pod;

import dev.gantry.container.ContainerRuntime;
import dev.gantry.container.PodSandboxRequest;
import dev.gantry.container.PodSandboxes;
import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.daemon.config.DaemonConfig;
import dev.gantry.daemon.container.Handlers;
import dev.gantry.daemon.doctor.Binaries;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.spec.AnnotationNames;
import dev.gantry.daemon.spec.HostFacts;
import dev.gantry.daemon.spec.ResourceSpec;
import dev.gantry.daemon.work.KernelStep;
import dev.gantry.linux.Fd;
import dev.gantry.linux.event.EventLoop;
import dev.gantry.linux.namespace.NamespaceType;
import dev.gantry.linux.process.Pidfd;
import dev.gantry.linux.process.ProcessId;
import dev.gantry.oci.runtime.LinuxResources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The sandbox of a pod whose handler runs all of its containers in one: it takes the place of the
 * init. Its own process is a catatonit, which does nothing but reap.
 */
public final class SandboxGuest {
  private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final String PROGRAM = "catatonit";

  private final Handlers handlers;
  private final DaemonConfig config;
  private final Path root;
  private final HostFacts host;

  /**
   * For those handlers.
   *
   * @param config names catatonit, whose binary must be static
   * @param root directory that all sandboxes' own processes see as their root, read-only; not on a
   *     file system that is mounted noexec, as /run may be
   */
  public SandboxGuest(Handlers handlers, DaemonConfig config, Path root, HostFacts host) {
    this.handlers = handlers;
    this.config = config;
    this.root = root;
    this.host = host;
  }

  /** Whether pods of that handler have such a sandbox. */
  public boolean isFor(String handler) {
    ContainerRuntime runtime = handlers.known().get(handler);
    return runtime != null && runtime.podSandboxes().isPresent();
  }

  private PodSandboxes sandboxes(PodRecord pod) throws CallFailure {
    return handlers
        .get(pod.getRuntimeHandler())
        .podSandboxes()
        .orElseThrow(() ->
            CallFailure.precondition(
                "runtime handler " + pod.getRuntimeHandler() + " has no sandboxes any more"));
  }

  /**
   * Makes and starts the sandbox; the pod's network is complete.
   *
   * @param cgroupPath its cgroup, a path below the hierarchies' roots
   */
  ProcessId make(PodRecord pod, SandboxPaths paths, SandboxOptions options, String cgroupPath)
      throws IOException, CallFailure {
    KernelStep.run("fill " + root, this::fillRoot);
    Files.createDirectory(paths.guest(), PRIVATE);
    return sandboxes(pod)
        .start(
            new PodSandboxRequest(
                pod.getId(),
                paths.guest(),
                root,
                List.of("/" + PROGRAM, "-P"),
                options.hostNetwork()
                    ? Files.readString(Path.of("/proc/sys/kernel/hostname")).strip()
                    : options.hostname(),
                options.hostNetwork() ? null : paths.pin(NamespaceType.NETWORK),
                paths.pin(NamespaceType.PID),
                cgroupPath,
                host.systemdCgroups()
                    ? Path.of(pod.getCgroupParent()).getFileName() + ":gantry:" + pod.getId()
                    : cgroupPath,
                limits(options),
                AnnotationNames.kept(
                    pod.getConfig().getAnnotationsMap(),
                    config.handler(pod.getRuntimeHandler()).allowedAnnotations())));
  }

  /** What the pod's containers may use together, with the overhead of having a sandbox. */
  private @Nullable LinuxResources limits(SandboxOptions options) throws CallFailure {
    var linux = options.config().getLinux();
    LinuxContainerResources pod = linux.getResources();
    LinuxContainerResources overhead = linux.getOverhead();
    var sum = LinuxContainerResources.newBuilder();
    if (pod.getMemoryLimitInBytes() > 0) {
      sum.setMemoryLimitInBytes(pod.getMemoryLimitInBytes() + overhead.getMemoryLimitInBytes());
    }
    if (pod.getCpuQuota() > 0 && pod.getCpuPeriod() > 0) {
      sum.setCpuPeriod(pod.getCpuPeriod()).setCpuQuota(pod.getCpuQuota() + quota(overhead, pod));
    }
    if (pod.getCpuShares() > 0) {
      sum.setCpuShares(pod.getCpuShares() + overhead.getCpuShares());
    }
    return sum.build().equals(LinuxContainerResources.getDefaultInstance())
        ? null
        : ResourceSpec.of(sum.build(), host, List.of());
  }

  /** The quota of one in the period of the other. */
  private static long quota(LinuxContainerResources of, LinuxContainerResources period) {
    return of.getCpuQuota() > 0 && of.getCpuPeriod() > 0
        ? of.getCpuQuota() * period.getCpuPeriod() / of.getCpuPeriod()
        : 0;
  }

  private void fillRoot() throws IOException {
    Path program = root.resolve(PROGRAM);
    Path found =
        Binaries.find(config.catatonit())
            .orElseThrow(() ->
                new IOException(
                    "a sandbox needs "
                        + config.catatonit()
                        + ", which is not there: install catatonit"));
    if (Files.exists(program) && Files.mismatch(found, program) < 0) {
      return;
    }
    for (String dir : List.of("", "proc", "dev", "sys", "tmp")) {
      Files.createDirectories(root.resolve(dir));
      Files.setPosixFilePermissions(
          root.resolve(dir), PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    Path fresh = Files.createTempFile(root, ".new", "");
    Files.copy(found, fresh, StandardCopyOption.REPLACE_EXISTING);
    Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("r-xr-xr-x"));
    Files.move(fresh, program, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Connects to a port of the sandbox's loopback address. */
  Fd connect(PodRecord pod, int port) throws IOException, CallFailure {
    return sandboxes(pod).connect(pod.getId(), port);
  }

  /** Kills the sandbox with all that runs in it. */
  void undo(PodRecord pod, String cgroupPath) throws IOException, CallFailure {
    sandboxes(pod).delete(pod.getId(), cgroupPath);
  }

  /** Calls back once when the sandbox has ended, also when it has already. */
  static void watch(ProcessId sandbox, Runnable ended) throws IOException {
    Optional<Pidfd> open = Pidfd.open(sandbox);
    if (open.isEmpty()) {
      ended.run();
      return;
    }
    Pidfd pidfd = open.get();
    EventLoop.shared()
        .watch(
            pidfd.fd(),
            EventLoop.IN | EventLoop.ONE_SHOT,
            events ->
                Thread.ofVirtual()
                    .name("sandbox-end")
                    .start(() -> {
                      pidfd.close();
                      ended.run();
                    }));
  }
}
