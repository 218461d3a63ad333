package dev.gantry.container;

import dev.gantry.container.RuntimeFailure.Kind;
import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.Fd;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.net.UnixSocket;
import dev.gantry.linux.process.ProcessId;
import dev.gantry.linux.process.Signals;
import dev.gantry.linux.process.Spawn;
import dev.gantry.linux.process.SpawnedProcess;
import dev.gantry.oci.OciJson;
import dev.gantry.oci.runtime.Capabilities;
import dev.gantry.oci.runtime.Linux;
import dev.gantry.oci.runtime.Mount;
import dev.gantry.oci.runtime.Namespace;
import dev.gantry.oci.runtime.Process;
import dev.gantry.oci.runtime.Root;
import dev.gantry.oci.runtime.RuntimeSpec;
import dev.gantry.oci.runtime.User;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/** Sandboxes of gVisor: each the kernel of a pod, in one process of the host's. */
final class RunscSandboxes implements PodSandboxes {
  private static final Duration DEADLINE = Duration.ofMinutes(1);
  private static final Duration KILL_DEADLINE = Duration.ofSeconds(10);
  private static final int NOBODY = 65535;
  private static final String LOG = "runsc.log";
  private static final AtomicLong COUNTER = new AtomicLong();

  /**
   * Hides {@code /proc/sys/net} from a command. runsc of before August 2024 takes a network
   * namespace for the host's when it has {@code core/rmem_default}, which on newer kernels all have
   * (google/gvisor#10704), and refuses to take over its interfaces.
   */
  private static final List<String> VEILED =
      List.of(
          "unshare",
          "--mount",
          "--propagation",
          "private",
          "/bin/sh",
          "-c",
          "mount -t tmpfs -o ro veil /proc/sys/net && exec \"$@\"",
          "sh");

  private final CgroupHost host;
  private final RuntimeCli cli;
  private final Path sockets;

  /**
   * Sandboxes by that program.
   *
   * @param sockets private directory with a short path
   */
  RunscSandboxes(CgroupHost host, RuntimeCli cli, Path sockets) {
    this.host = host;
    this.cli = cli;
    this.sockets = sockets;
  }

  @Override
  public ProcessId start(PodSandboxRequest request) throws RuntimeFailure {
    String what = "start sandbox of pod " + request.id();
    boolean started = false;
    try {
      PrivateFiles.write(request.directory().resolve("config.json"), OciJson.toJson(spec(request)));
      Path pidFile = request.directory().resolve("pid");
      run(
          what,
          request,
          List.of(),
          "create",
          "--bundle",
          request.directory().toString(),
          "--pid-file",
          pidFile.toString(),
          request.id());
      int pid = Integer.parseInt(Files.readString(pidFile).strip());
      run(what, request, request.netns() == null ? List.of() : VEILED, "start", request.id());
      ProcessId sandbox =
          ProcessId.find(pid)
              .filter(ProcessId::alive)
              .orElseThrow(() ->
                  new RuntimeFailure(Kind.RUNTIME, what + ": it ended as soon as it was started"));
      started = true;
      return sandbox;
    } catch (IOException e) {
      throw RuntimeFailure.system(what, e);
    } finally {
      if (!started) {
        Futures.uninterrupted(() -> undo(request));
      }
    }
  }

  private void undo(PodSandboxRequest request) {
    try {
      delete(request.id(), request.cgroupPath());
    } catch (RuntimeFailure e) {
      throw new IllegalStateException(e);
    }
  }

  /** Runs a command whose streams the sandbox keeps: errors come by a file. */
  private void run(String what, PodSandboxRequest request, List<String> before, String... command)
      throws IOException {
    Path log = request.directory().resolve(LOG);
    Files.deleteIfExists(log);
    List<String> argv = new ArrayList<>(before);
    List<String> runsc = new ArrayList<>(cli.argv(List.of()));
    runsc.add("--log=" + log);
    runsc.add("--log-format=json");
    if (request.netns() == null) {
      runsc.add("--network=host");
    }
    argv.addAll(runsc);
    argv.addAll(List.of(command));
    SpawnedProcess process = Spawn.of(argv).env("PATH", ConmonCommand.SEARCH_PATH).start();
    if (!Futures.await(process.exit(), DEADLINE, what)) {
      process.kill(Signals.SIGKILL);
      throw new RuntimeFailure(
          Kind.TIMED_OUT, what + ": " + cli.program() + " did not end within " + DEADLINE);
    }
    if (!Futures.value(process.exit(), what).success()) {
      throw new RuntimeFailure(
          Kind.RUNTIME,
          what + ": " + cli.program() + ": " + Failures.clean(SandboxMonitor.reason(log)));
    }
  }

  private static RuntimeSpec spec(PodSandboxRequest request) {
    var none = new Capabilities(List.of(), List.of(), List.of(), List.of(), List.of());
    var annotations = new TreeMap<>(request.annotations());
    annotations.put(CONTAINER_TYPE, "sandbox");
    annotations.put(SANDBOX_ID, request.id());
    return RuntimeSpec.builder()
        .process(
            Process.builder(request.command())
                .user(new User(NOBODY, NOBODY, null, List.of()))
                .capabilities(none)
                .noNewPrivileges(true)
                .build())
        .root(new Root(request.root().toString(), true))
        .hostname(request.hostname())
        .mounts(List.of(new Mount("/proc", "proc", "proc", List.of())))
        .annotations(annotations)
        .linux(
            Linux.builder()
                .cgroupsPath(request.cgroupsPath())
                .resources(request.resources())
                .namespaces(namespaces(request))
                .build())
        .build();
  }

  private static List<Namespace> namespaces(PodSandboxRequest request) {
    List<Namespace> namespaces =
        new ArrayList<>(
            List.of(
                Namespace.fresh(Namespace.MOUNT),
                Namespace.fresh(Namespace.IPC),
                Namespace.fresh(Namespace.UTS),
                // Only a name, which containers that share it have, too.
                new Namespace(Namespace.PID, request.pidNamespace().toString())));
    if (request.netns() != null) {
      namespaces.add(new Namespace(Namespace.NETWORK, request.netns().toString()));
    }
    return namespaces;
  }

  @Override
  public Fd connect(String id, int port) throws RuntimeFailure {
    String what = "connect to port " + port + " of pod " + id;
    Path path = sockets.resolve("p" + COUNTER.incrementAndGet());
    try {
      Files.deleteIfExists(path);
      try (Fd listener = UnixSocket.listen(path)) {
        // It hands its end of the connection over to the sandbox and ends.
        cli.must(what, "port-forward", "--stream", path.toString(), id, Integer.toString(port));
        return UnixSocket.accept(listener)
            .orElseThrow(() ->
                new RuntimeFailure(Kind.RUNTIME, what + ": " + cli.program() + " did not connect"))
            .nonBlocking();
      } finally {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw RuntimeFailure.system(what, e);
    }
  }

  @Override
  public void delete(String id, String cgroupPath) throws RuntimeFailure {
    String what = "delete sandbox of pod " + id;
    try {
      Cgroup group = Cgroup.of(host, cgroupPath);
      BlockingCalls.run(
          what,
          KILL_DEADLINE.multipliedBy(2),
          () -> {
            group.kill(KILL_DEADLINE);
            return true;
          });
      Spawn.Result result = cli.run(DEADLINE, "delete", "--force", id);
      if (!result.success()) {
        throw new RuntimeFailure(
            Kind.RUNTIME, what + ": " + cli.program() + ": " + Failures.clean(result.stderr()));
      }
    } catch (IOException e) {
      throw RuntimeFailure.system(what, e);
    }
  }
}
