package dev.gantry.container;

import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.file.DeleteTree;
import dev.gantry.oci.runtime.Capabilities;
import dev.gantry.oci.runtime.DeviceRule;
import dev.gantry.oci.runtime.Hooks;
import dev.gantry.oci.runtime.Linux;
import dev.gantry.oci.runtime.LinuxResources;
import dev.gantry.oci.runtime.Memory;
import dev.gantry.oci.runtime.Mount;
import dev.gantry.oci.runtime.Namespace;
import dev.gantry.oci.runtime.Process;
import dev.gantry.oci.runtime.Root;
import dev.gantry.oci.runtime.RuntimeSpec;
import dev.gantry.oci.runtime.Seccomp;
import dev.gantry.oci.runtime.User;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/** Private directories, cgroups and a busybox root file system to run real containers in. */
@NullUnmarked // what is null fails the test
final class TestHost implements AutoCloseable {
  private static final AtomicInteger COUNTER = new AtomicInteger();
  private static final Pattern LIBRARY = Pattern.compile("(/\\S+) \\(0x");

  final Path dir;
  final Path exits;
  final Path logs;
  final CgroupHost cgroups;
  final String cgroupParent;
  final ConmonRuntime runtime;
  final ExitWatcher watcher;
  final RuntimeConfig config;
  final List<String> exitsSeen = new CopyOnWriteArrayList<>();

  private final Map<String, CompletableFuture<ExitRecord>> ended = new ConcurrentHashMap<>();
  private final List<ContainerRef> containers = new CopyOnWriteArrayList<>();
  private final Path rootfs;

  /** A host for one handler, {@code crun} or {@code runc}. */
  TestHost(String handler) throws IOException {
    dir = Files.createTempDirectory("gct");
    exits = dir.resolve("exits");
    logs = Files.createDirectory(dir.resolve("logs"));
    rootfs = dir.resolve("image");
    makeRootfs(rootfs);
    cgroups = CgroupHost.detect();
    cgroupParent = "/gct-" + ProcessHandle.current().pid() + "-" + COUNTER.incrementAndGet();
    config =
        RuntimeConfig.of(
                handler,
                program(handler),
                program("conmon"),
                dir.resolve("runtimes/" + handler),
                dir)
            .withMonitorsCgroup(cgroupParent + "/monitors");
    ProbeResult probe =
        new RuntimeProbe(cgroups, dir.resolve("probe"), cgroupParent, false).probe(config);
    RuntimeInfo info =
        probe.working().orElseThrow(() -> new IOException(String.valueOf(probe.problem())));
    runtime = new ConmonRuntime(config, info, cgroups);
    watcher = newWatcher();
  }

  ExitWatcher newWatcher() throws IOException {
    return new ExitWatcher(
        exits,
        cgroups,
        (id, record) -> {
          exitsSeen.add(id);
          exitOf(id).complete(record);
        });
  }

  static Path program(String name) {
    return List.of("/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/").stream()
        .map(d -> Path.of(d + name))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow();
  }

  private static void makeRootfs(Path root) throws IOException {
    Path bin = Files.createDirectories(root.resolve("bin"));
    for (String name : List.of("proc", "dev", "tmp", "etc")) {
      Files.createDirectory(root.resolve(name));
    }
    Files.copy(program("busybox"), bin.resolve("busybox"));
    for (String applet :
        List.of("sh", "sleep", "true", "cat", "echo", "tail", "kill", "ls", "setsid", "head")) {
      Files.createSymbolicLink(bin.resolve(applet), Path.of("busybox"));
    }
    java.lang.Process ldd = new ProcessBuilder("ldd", program("busybox").toString()).start();
    Matcher library =
        LIBRARY.matcher(new String(ldd.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    while (library.find()) {
      Path from = Path.of(library.group(1));
      Path to = root.resolve(library.group(1).substring(1));
      Files.createDirectories(to.getParent());
      Files.copy(from.toRealPath(), to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  Path image() {
    return rootfs;
  }

  Container container(String name, String... args) throws IOException {
    return new Container(name, args);
  }

  CompletableFuture<ExitRecord> exitOf(String id) {
    return ended.computeIfAbsent(id, i -> new CompletableFuture<>());
  }

  ExitRecord awaitExit(String id) throws Exception {
    return exitOf(id).get(30, TimeUnit.SECONDS);
  }

  static Process process(boolean terminal, List<String> args) {
    return new Process(
        terminal,
        null,
        User.ROOT,
        args,
        List.of("PATH=/bin", "HOME=/"),
        "/",
        Capabilities.of(List.of("CAP_KILL")),
        List.of(),
        true,
        null,
        null,
        null);
  }

  static ExecRequest exec(Duration timeout, String... args) {
    return new ExecRequest(process(false, List.of(args)), timeout);
  }

  /** One container to be made: what is not set is plain. */
  final class Container {
    final String id;
    final Path bundle;
    List<String> args;
    boolean terminal;
    boolean ownPidNamespace = true;
    long memoryBytes;
    LogTarget log;
    Map<String, String> annotations = Map.of();
    Map<String, String> unified = Map.of();
    List<DeviceRule> devices = List.of(DeviceRule.DENY_ALL);
    String cwd = "/";
    @Nullable Seccomp seccomp;
    @Nullable Hooks hooks;

    private Container(String name, String... args) throws IOException {
      this.id = name + "-" + COUNTER.incrementAndGet();
      this.args = List.of(args);
      this.bundle = Files.createDirectories(dir.resolve("containers/" + id));
      this.log = new LogTarget(logs, Path.of(name, "0.log"));
    }

    RuntimeSpec spec() {
      List<Namespace> namespaces = new ArrayList<>();
      for (String type : List.of("mount", "ipc", "uts", "network")) {
        namespaces.add(Namespace.fresh(type));
      }
      if (ownPidNamespace) {
        namespaces.add(Namespace.fresh("pid"));
      }
      Memory memory = memoryBytes == 0 ? null : Memory.limits(memoryBytes, memoryBytes);
      LinuxResources resources =
          new LinuxResources(devices, memory, null, null, null, List.of(), null, Map.of(), unified);
      Linux linux =
          new Linux(
              List.of(),
              List.of(),
              Map.of(),
              resources,
              cgroupPath(),
              namespaces,
              List.of(),
              seccomp,
              null,
              List.of(),
              List.of(),
              null);
      Process plain = process(terminal, args);
      Process process =
          new Process(
              terminal,
              null,
              plain.user(),
              args,
              plain.env(),
              cwd,
              plain.capabilities(),
              List.of(),
              true,
              null,
              null,
              null);
      return new RuntimeSpec(
          RuntimeSpec.VERSION,
          process,
          new Root(rootfs.toString(), false),
          "test",
          List.of(
              new Mount("/proc", "proc", "proc", List.of()),
              new Mount("/dev", "tmpfs", "tmpfs", List.of("nosuid", "mode=755", "size=65536k")),
              new Mount(
                  "/dev/pts",
                  "devpts",
                  "devpts",
                  List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"))),
          hooks,
          annotations,
          linux);
    }

    String cgroupPath() {
      return cgroupParent + "/" + id;
    }

    CreateRequest request() {
      return new CreateRequest(
          id, "test", bundle, spec(), bundle, exits, log, cgroupPath(), false, false);
    }

    ContainerRef create() throws IOException {
      CreateRequest request = request();
      Created created = runtime.create(request);
      ContainerRef ref = request.made(created);
      containers.add(ref);
      return ref;
    }

    /** Creates, watches and starts it. */
    ContainerRef run() throws IOException {
      ContainerRef ref = create();
      watcher.track(ref);
      runtime.start(ref);
      return ref;
    }
  }

  /** Its cgroup's directories, in all hierarchies. */
  boolean cgroupExists(String path) {
    return Cgroup.of(cgroups, path).exists();
  }

  @Override
  public void close() throws IOException {
    for (ContainerRef container : containers) {
      watcher.forget(container.id());
      runtime.delete(container);
    }
    watcher.close();
    runtime.close();
    Cgroup.of(cgroups, cgroupParent).delete();
    DeleteTree.delete(dir);
  }
}
