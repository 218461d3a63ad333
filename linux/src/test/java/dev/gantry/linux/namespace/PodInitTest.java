package dev.gantry.linux.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.gantry.linux.LinuxException;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.namespace.PodInit.Request;
import dev.gantry.linux.namespace.PodNamespaces.PinRequest;
import dev.gantry.linux.process.ProcessId;
import dev.gantry.linux.process.Spawn;
import dev.gantry.linux.process.SpawnedProcess;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodInitTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @TempDir Path dir;
  private final List<ProcessId> inits = new ArrayList<>();
  private Map<NamespaceType, Path> pins = Map.of();

  @BeforeEach
  void pinNamespaces() throws Exception {
    pins =
        Map.of(
            NamespaceType.NETWORK, dir.resolve("net"),
            NamespaceType.IPC, dir.resolve("ipc"),
            NamespaceType.UTS, dir.resolve("uts"));
    PodNamespaces.pin(new PinRequest(pins, "pod-b", Map.of(), true));
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    for (ProcessId init : inits) {
      PodInit.stop(init, MINUTE);
    }
    try (Stream<Path> files = Files.list(dir)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        PodNamespaces.unpin(file);
      }
    }
    assertThat(Files.readAllLines(Path.of("/proc/self/mountinfo")))
        .noneMatch(line -> line.contains(dir.toString()));
  }

  private ProcessId start(String pin, Cgroup cgroup) throws IOException {
    return start(dir.resolve("root"), pin, Optional.of(cgroup));
  }

  private ProcessId start(String pin) throws IOException {
    return start(dir.resolve("root"), pin, Optional.empty());
  }

  private synchronized ProcessId start(Path root, String pin, Optional<Cgroup> cgroup)
      throws IOException {
    Path catatonit = PodInit.findCatatonit().orElseThrow();
    ProcessId init =
        PodInit.start(
            new Request(
                root, catatonit, pins, PodInit.USER, dir.resolve(pin), cgroup.orElse(null)));
    inits.add(init);
    return init;
  }

  private static String proc(ProcessId id, String file) throws IOException {
    return Files.readString(Path.of("/proc/" + id.pid(), file));
  }

  private static String link(ProcessId id, String file) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/" + id.pid(), file)).toString();
  }

  private Spawn inPod(String script) {
    return Spawn.of(
            "nsenter",
            "--pid=" + dir.resolve("pid"),
            "--net=" + dir.resolve("net"),
            "--uts=" + dir.resolve("uts"),
            "--ipc=" + dir.resolve("ipc"),
            "/bin/sh",
            "-c",
            script)
        .inheritEnv();
  }

  @Test
  void theInitHasNothing() throws Exception {
    ProcessId init = start("pid");
    await().until(() -> proc(init, "comm").equals("catatonit\n"));
    assertThat(proc(init, "status").lines().map(l -> l.replaceAll("\\s+", " ")))
        .contains(
            "Uid: 65535 65535 65535 65535",
            "Gid: 65535 65535 65535 65535",
            "Groups: ",
            "NStgid: " + init.pid() + " 1",
            "CapInh: 0000000000000000",
            "CapPrm: 0000000000000000",
            "CapEff: 0000000000000000",
            "CapBnd: 0000000000000000",
            "CapAmb: 0000000000000000",
            "NoNewPrivs: 1",
            "Seccomp: 2");
    assertThat(Path.of("/proc/" + init.pid() + "/root/"))
        .isDirectoryContaining(p -> p.getFileName().toString().equals("catatonit"));
    try (Stream<Path> files = Files.list(Path.of("/proc/" + init.pid() + "/root/"))) {
      assertThat(files).hasSize(1);
    }
    assertThat(proc(init, "mountinfo").lines())
        .singleElement()
        .asString()
        .contains(" / ro,nosuid,nodev");
    assertThat(proc(init, "environ")).isEmpty();
    try (Stream<Path> fds = Files.list(Path.of("/proc/" + init.pid() + "/fd"))) {
      assertThat(fds.map(PodInitTest::target))
          .allMatch(t -> t.equals("/memfd:nothing (deleted)") || t.contains("signalfd"));
    }
    assertThat(Path.of("/proc/" + init.pid() + "/root/catatonit")).isRegularFile();
    // Owned by root although the process is not: it can be neither traced nor dumped.
    assertThat(Files.getAttribute(Path.of("/proc/" + init.pid() + "/environ"), "unix:uid"))
        .isEqualTo(0);
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void itIsInThePodsNamespacesAndItsOwnIsPinned() throws Exception {
    ProcessId init = start("pid");
    for (NamespaceType type : pins.keySet()) {
      assertThat(link(init, "ns/" + type.procName()))
          .isEqualTo(inodeOf(type.procName(), dir.resolve(type.procName())));
    }
    assertThat(link(init, "ns/pid")).isEqualTo(inodeOf("pid", dir.resolve("pid")));
    assertThat(link(init, "ns/mnt"))
        .isNotEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")).toString());
  }

  private static String inodeOf(String type, Path pin) throws IOException {
    return type + ":[" + Files.getAttribute(pin, "unix:ino") + "]";
  }

  @Test
  void itReapsAndCannotBeKilledFromInside() throws Exception {
    ProcessId init = start("pid");
    Spawn.Result result =
        inPod("hostname; echo $$; kill -0 1; kill -KILL 1; (sleep 0.3 &) ; sleep 0.1")
            .run(MINUTE, 4096);
    assertThat(result.stdoutText().lines().findFirst()).contains("pod-b");
    assertThat(init.alive()).isTrue();
    await().until(() -> childrenOf(init).isEmpty());
    assertThat(init.alive()).isTrue();
  }

  private static List<Path> childrenOf(ProcessId parent) throws IOException {
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : all) {
        String stat = readOrNothing(process.resolve("stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
        if (fields.length > 1 && fields[1].equals(Integer.toString(parent.pid()))) {
          children.add(process);
        }
      }
    }
    return children;
  }

  private static String readOrNothing(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException gone) {
      return "";
    }
  }

  @Test
  void itsEndIsTheEndOfAllInThePod() throws Exception {
    ProcessId init = start("pid");
    SpawnedProcess inside = inPod("sleep 600").start();
    await().until(() -> !childrenOf(inside.id()).isEmpty());
    PodInit.stop(init, MINUTE);
    PodInit.stop(init, MINUTE);
    assertThat(inside.exit().get().success()).isFalse();
    assertThat(init.alive()).isFalse();
    await().until(() -> !init.present());
    assertThat(inPod("true").run(MINUTE, 100).success()).isFalse();
  }

  @Test
  void otherThreadsKeepTheirRootAndTheirRights() throws Exception {
    Set<String> before =
        await()
            .until(
                PodInitTest::stateOfThreads,
                s -> s.size() == 1 && !s.toString().contains("/task/"));
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<ProcessId>> all = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        Request request =
            new Request(
                dir.resolve("root" + i % 3),
                PodInit.findCatatonit().orElseThrow(),
                pins,
                PodInit.USER,
                dir.resolve("pid" + i),
                null);
        all.add(executor.submit(() -> PodInit.start(request)));
      }
      for (Future<ProcessId> one : all) {
        inits.add(one.get());
      }
    }
    assertThat(inits).hasSize(20).allMatch(ProcessId::alive);
    // The threads that confined themselves may still be ending.
    await().untilAsserted(() -> assertThat(stateOfThreads()).isEqualTo(before));
    assertThat(Files.readString(Path.of("/proc/self/environ"))).isNotEmpty();
    assertThat(Files.isReadable(Path.of("/etc/shadow"))).isTrue();
  }

  /** Root, mount namespace, ids and capabilities of every thread: one entry if all are alike. */
  private static Set<String> stateOfThreads() throws IOException {
    Set<String> states = new HashSet<>();
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path thread : threads) {
        StringBuilder state = new StringBuilder();
        for (String name : List.of("root", "cwd", "ns/mnt", "ns/net", "ns/pid_for_children")) {
          state.append(Files.readSymbolicLink(thread.resolve(name))).append(' ');
        }
        Files.readAllLines(thread.resolve("status")).stream()
            .filter(l -> l.matches("(Uid|Gid|Groups|Cap...|NoNewPrivs|Seccomp):.*"))
            .forEach(l -> state.append(l).append(' '));
        states.add(state.toString());
      }
    } catch (NoSuchFileException ended) {
      states.add(ended.getFile());
    }
    return states;
  }

  @Test
  void itIsBornInItsCgroup() throws Exception {
    Cgroup cgroup = Cgroup.of(CgroupHost.detect(), "/gantry-test-" + UUID.randomUUID());
    cgroup.create();
    try {
      ProcessId init = start("pid", cgroup);
      assertThat(cgroup.pids()).contains(init.pid());
      assertThat(proc(init, "cgroup")).contains("memory:" + cgroup.path());
      await().until(() -> cgroup.pids().size() == 1);
    } finally {
      cgroup.kill();
      cgroup.delete();
    }
  }

  @Test
  void aRootThatMayNotExecuteIsNoObstacle() throws Exception {
    Path tmpfs = Files.createDirectory(dir.resolve("tmpfs"));
    String mount = "mount -t tmpfs -o noexec,nosuid,mode=755 none " + tmpfs;
    assertThat(Spawn.of("/bin/sh", "-c", mount).inheritEnv().run(MINUTE, 100).success()).isTrue();
    try {
      assertThat(start(tmpfs.resolve("root"), "pid", Optional.empty()).alive()).isTrue();
    } finally {
      String unmount = "umount " + tmpfs;
      PodInit.stop(inits.getLast(), MINUTE);
      await()
          .until(() -> Spawn.of("/bin/sh", "-c", unmount).inheritEnv().run(MINUTE, 100).success());
    }
  }

  @Test
  void aFailureIsNamedAndLeavesNothing() throws Exception {
    Path root = dir.resolve("root");
    Path pin = dir.resolve("pid");
    Path catatonit = PodInit.findCatatonit().orElseThrow();
    assertThatThrownBy(() ->
            PodInit.start(
                new Request(root, dir.resolve("none"), Map.of(), PodInit.USER, pin, null)))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining(dir + "/none");
    assertThatThrownBy(() ->
            PodInit.start(new Request(root, Path.of("/bin/ls"), Map.of(), PodInit.USER, pin, null)))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("/bin/ls")
        .hasMessageContaining("statically linked");
    Map<NamespaceType, Path> noNamespace = Map.of(NamespaceType.NETWORK, catatonit);
    assertThatThrownBy(
            () -> PodInit.start(new Request(root, catatonit, noNamespace, PodInit.USER, pin, null)))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("enter namespace network");
    Files.createFile(pin);
    Set<Integer> before = initsOf(root);
    assertThatThrownBy(
            () -> PodInit.start(new Request(root, catatonit, Map.of(), PodInit.USER, pin, null)))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining(pin.toString());
    await().until(() -> initsOf(root).equals(before));
    Map<NamespaceType, Path> mount = Map.of(NamespaceType.MOUNT, pin);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Request(root, catatonit, mount, PodInit.USER, pin, null));
  }

  /** Processes of ours whose program is the copy in this root. */
  private static Set<Integer> initsOf(Path root) throws IOException {
    Set<Integer> found = new HashSet<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : all) {
        String map = readOrNothing(process.resolve("mountinfo"));
        if (map.lines().count() == 1 && map.contains(root.toString())) {
          found.add(Integer.parseInt(process.getFileName().toString()));
        }
      }
    }
    return found;
  }
}
