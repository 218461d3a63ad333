package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.cri.v1.IDMapping;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PortMapping;
import dev.gantry.cri.v1.UserNamespace;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.mount.MountTable;
import dev.gantry.linux.mount.Mounts;
import dev.gantry.linux.process.OrphanReaper;
import dev.gantry.linux.process.Pidfd;
import dev.gantry.linux.process.ProcessId;
import dev.gantry.linux.process.Signals;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.TestDirs;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A daemon that is killed and started again finds everything as it is. */
class RecoveryTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static Node node;

  @BeforeAll
  static void startNode() throws IOException {
    // What a killed daemon leaves is ours to wait for, as it is process 1's elsewhere.
    OrphanReaper.start();
    node = Node.options().inOwnProcess().start();
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  @AfterEach
  void nothingIsLeft() {
    node.removeAllPods();
    assertThat(node.leftovers()).isEmpty();
  }

  private static List<PodSandbox> pods() {
    return node.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList();
  }

  private static List<Container> containers() {
    return node.runtime()
        .listContainers(ListContainersRequest.getDefaultInstance())
        .getContainersList();
  }

  /** Earlier daemons gave the containers of such a pod the node's own files. */
  @Test
  void aPodInTheNodesNetworkGetsTheFilesThatItDoesNotHave() throws IOException {
    TestPod pod = node.pod("old").hostNetwork().run();
    Path own = node.config.state().resolve("pods").resolve(pod.id);
    node.kill();
    for (String file : List.of("hosts", "hostname")) {
      Files.delete(own.resolve(file));
    }
    node.boot();

    assertThat(pod.startSleeper("main").sh("cat /etc/hosts"))
        .isEqualTo(Files.readString(Path.of("/etc/hosts")).strip());
  }

  @Test
  void aStateDirectoryBehindALinkIsFoundAgain() throws IOException {
    try (var dirs = new TestDirs()) {
      Files.createSymbolicLink(dirs.path("s"), dirs.dir("elsewhere"));
      try (Node linked = Node.options().start(dirs)) {
        TestPod pod = linked.pod("behind").run();
        TestContainer container = pod.startSleeper("main");
        linked.stop();
        linked.boot();

        assertThat(pod.ready()).isTrue();
        assertThat(container.sh("echo lives")).isEqualTo("lives");
        pod.remove();
        assertThat(linked.leftovers()).isEmpty();
      }
    }
  }

  /** Whether the container's first process is there, looked at from outside of the daemon. */
  private static boolean alive(long pid) {
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }

  private static long number(String info, String key) {
    return Long.parseLong(info.replaceAll("(?s).*\"" + key + "\":\\s*(\\d+).*", "$1"));
  }

  @Test
  void podsContainersLogsAddressesAndExitCodesAreAsTheyWere() throws IOException {
    TestPod pod = node.pod("survivor");
    pod.config
        .putLabels("app", "survivor")
        .addPortMappings(PortMapping.newBuilder().setContainerPort(8080).setHostPort(0));
    pod.run();
    TestContainer talker =
        pod.start(
            pod.shell(
                "talker",
                "i=0; while [ ! -e /stop ]; do i=$((i+1)); echo line $i; sleep 0.1; done"));
    TestContainer ends =
        pod.start(pod.shell("ends", "while [ ! -e /shared/go ]; do sleep 0.05; done; exit 7"));
    TestContainer done = pod.start(pod.shell("done", "exit 5"));
    TestContainer unstarted = pod.create(pod.shell("unstarted", "echo late; exit 9"));
    done.ended();
    talker.awaitLine("line 1");
    long endsPid = number(ends.info(), "pid");
    List<PodSandbox> podsBefore = pods();
    var podBefore = pod.status();
    ContainerStatus talkerBefore = talker.status();
    ContainerStatus doneBefore = done.status();

    node.kill();
    Files.createDirectory(Path.of("/proc/" + endsPid + "/root/shared"));
    Files.createFile(Path.of("/proc/" + endsPid + "/root/shared/go"));
    await().atMost(PATIENCE).until(() -> !alive(endsPid));
    node.boot();

    assertThat(pods()).isEqualTo(podsBefore);
    assertThat(pod.status()).isEqualTo(podBefore);
    assertThat(containers()).hasSize(4);
    assertThat(talker.status()).isEqualTo(talkerBefore);
    assertThat(done.status()).isEqualTo(doneBefore);
    ContainerStatus ended = ends.ended();
    assertThat(ended.getExitCode()).isEqualTo(7);
    assertThat(ended.getReason()).isEqualTo("Error");
    assertThat(ended.getFinishedAt()).isGreaterThan(ended.getStartedAt());

    // What runs goes on, and can be worked with.
    int lines = talker.logLines().size();
    await().atMost(PATIENCE).until(() -> talker.logLines().size() > lines + 2);
    List<String> log = talker.logLines();
    for (int i = 0; i < log.size(); i++) {
      assertThat(log.get(i)).isEqualTo("line " + (i + 1));
    }
    assertThat(talker.sh("hostname")).isEqualTo("survivor");
    talker.sh("touch /stop");
    assertThat(talker.ended().getExitCode()).isZero();
    unstarted.start();
    assertThat(unstarted.ended().getExitCode()).isEqualTo(9);
    assertThat(unstarted.logLines()).containsExactly("late");
  }

  @Test
  void aSharedPidPodAndAHostPortSurviveAndLeaveNothing() throws IOException {
    TestPod pod = node.pod("shared").pid(NamespaceMode.POD);
    pod.config.addPortMappings(
        PortMapping.newBuilder().setContainerPort(80).setHostPort(FreePorts.next()));
    pod.run();
    TestContainer container = pod.startSleeper("sleeper");
    String ip = pod.ip();

    node.kill();
    node.boot();

    assertThat(pod.ready()).isTrue();
    assertThat(pod.ip()).isEqualTo(ip);
    TestContainer second = pod.startSleeper("second");
    assertThat(second.sh("ps")).contains("catatonit");
    assertThat(container.state()).isEqualTo(ContainerState.CONTAINER_RUNNING);
    pod.stop();
    assertThat(container.ended().getExitCode()).isEqualTo(137);
  }

  /** As when the daemon is killed while it makes a container, or an older one made it. */
  @Test
  void mountsOfAContainerAreTakenOutOfTheNodesSight() throws IOException {
    TestContainer container = node.pod("seen").hostNetwork().run().startSleeper("main");
    Path root = node.dirs.state().resolve("containers").resolve(container.id).resolve("rootfs");
    node.kill();
    Mounts.bind(node.dirs.dir("anything"), root, false);
    node.boot();

    assertThat(MountTable.at(root)).isEmpty();
    assertThat(container.sh("echo lives")).isEqualTo("lives");
  }

  @Test
  void aPodWithAUserNamespaceSurvivesAndLeavesNothing() throws IOException {
    var ids = IDMapping.newBuilder().setHostId(1_000_000).setLength(65_536);
    Path volume = node.dirs.dir("mapped");
    TestPod pod = node.pod("mapped").pid(NamespaceMode.POD);
    Edit.namespaces(
        pod.config, n -> n.setUsernsOptions(UserNamespace.newBuilder().addUids(ids).addGids(ids)));
    pod.run();
    TestContainer container =
        pod.start(
            pod.container("main", "sleep", "3600")
                .addMounts(
                    Mount.newBuilder()
                        .setContainerPath("/vol")
                        .setHostPath(volume.toString())
                        .addUidMappings(ids)
                        .addGidMappings(ids)));

    node.kill();
    node.boot();

    assertThat(pod.ready()).isTrue();
    assertThat(container.sh("touch /vol/made /made; stat -c %u /vol/made /made")).isEqualTo("0\n0");
    assertThat(Files.getAttribute(volume.resolve("made"), "unix:uid")).isEqualTo(0);
    TestContainer second = pod.startSleeper("second");
    assertThat(second.sh("cat /proc/self/uid_map")).contains("1000000");
    assertThat(second.sh("ps")).contains("catatonit");
  }

  @Test
  void whatWasOrderlyStoppedIsFoundToo() throws IOException {
    TestPod pod = node.pod("orderly").run();
    TestContainer container = pod.startSleeper("sleeper");
    ContainerStatus before = container.status();

    node.stop();
    node.boot();

    assertThat(container.status()).isEqualTo(before);
    assertThat(container.sh("echo works")).isEqualTo("works");
  }

  /** As when the daemon is killed before it has killed what the container left running. */
  @Test
  void whatAnEndedContainerLeftRunningIsKilled() throws IOException {
    TestPod pod = node.pod("leftover").hostNetwork().pid(NamespaceMode.NODE).run();
    TestContainer container = pod.start(pod.shell("main", "exit 3"));
    container.ended();
    node.kill();
    Process left = new ProcessBuilder("sleep", "3600").start();
    try {
      Cgroup.of(CgroupHost.detect(), node.config.cgroupParent() + "/" + pod.id + "/" + container.id)
          .addProcess((int) left.pid());
      node.boot();

      await().atMost(PATIENCE).until(() -> !left.isAlive());
      assertThat(container.status().getExitCode()).isEqualTo(3);
    } finally {
      left.destroyForcibly();
    }
  }

  @Test
  void aContainerWhoseMonitorDiesIsKilledAndSaysSo() throws IOException {
    TestPod pod = node.pod("monitor").hostNetwork().run();
    TestContainer container = pod.startSleeper("sleeper");
    long monitor = number(container.info(), "monitorPid");
    long init = number(container.info(), "pid");

    ProcessHandle.of(monitor).orElseThrow().destroyForcibly();
    ContainerStatus status = container.ended();

    assertThat(status.getReason()).isEqualTo("MonitorLost");
    assertThat(status.getExitCode()).isEqualTo(137);
    assertThat(status.getMessage()).contains("conmon");
    await().atMost(PATIENCE).until(() -> !alive(init));
  }

  /** conmon notes no end before it has read all output, which may have no end. */
  @Test
  void whatAContainerLeftRunningIsKilledBeforeItsMonitorNotesTheEnd() throws IOException {
    TestPod pod = node.pod("writer").hostNetwork().pid(NamespaceMode.NODE).run();
    TestContainer container =
        pod.start(pod.shell("main", "sleep 3600 & until [ -e /go ]; do sleep 0.05; done; exit 3"));
    Cgroup group =
        Cgroup.of(
            CgroupHost.detect(), node.config.cgroupParent() + "/" + pod.id + "/" + container.id);
    ProcessId monitor = ProcessId.of((int) number(container.info(), "monitorPid"));
    try (Pidfd pidfd = Pidfd.open(monitor).orElseThrow()) {
      pidfd.signal(Signals.SIGSTOP);
      container.sh("touch /go");
      await().atMost(PATIENCE).until(() -> group.pids().isEmpty());
      pidfd.signal(Signals.SIGCONT);
    }
    assertThat(container.ended().getExitCode()).isEqualTo(3);
  }

  /** As conmon does when the disk of the container's log does. */
  @Test
  void aContainerWhoseMonitorHangsCanBeStoppedAndRemoved() throws IOException {
    TestPod pod = node.pod("hung").hostNetwork().run();
    TestContainer container = pod.startSleeper("sleeper");
    ProcessId monitor = ProcessId.of((int) number(container.info(), "monitorPid"));
    try (Pidfd pidfd = Pidfd.open(monitor).orElseThrow()) {
      pidfd.signal(Signals.SIGSTOP);
    }

    container.stop(0);

    assertThat(container.state()).isEqualTo(ContainerState.CONTAINER_EXITED);
    assertThat(monitor.alive()).isFalse();
    pod.remove();
  }

  @Test
  void aMonitorThatDiesWhileTheDaemonIsDeadIsNoticed() throws IOException {
    TestPod pod = node.pod("both").hostNetwork().run();
    TestContainer container = pod.startSleeper("sleeper");
    long monitor = number(container.info(), "monitorPid");
    long init = number(container.info(), "pid");

    node.kill();
    ProcessHandle.of(monitor).orElseThrow().destroyForcibly();
    node.boot();

    assertThat(container.ended().getReason()).isEqualTo("MonitorLost");
    await().atMost(PATIENCE).until(() -> !alive(init));
  }

  @Test
  void aTornRecordIsAStrayAndWhatItNamedIsRemoved() throws IOException {
    TestPod pod = node.pod("torn").run();
    TestPod whole = node.pod("whole").run();
    TestContainer container = whole.startSleeper("sleeper");
    TestContainer torn = whole.create(whole.shell("torn", "exit 0"));

    node.kill();
    truncate(node.config.root().resolve("pods").resolve(pod.id).resolve("record"), 100);
    truncate(node.config.root().resolve("containers").resolve(torn.id).resolve("record"), 0);
    node.boot();

    assertThat(pods()).extracting(PodSandbox::getId).containsExactly(whole.id);
    assertFails(torn::status, Code.NOT_FOUND, torn.id);
    assertThat(container.state()).isEqualTo(ContainerState.CONTAINER_RUNNING);
    assertThat(names(node.config.root().resolve("pods"))).containsExactly(whole.id);
    assertThat(names(node.config.state().resolve("pods"))).containsExactly(whole.id);
    assertThat(names(node.config.state().resolve("containers"))).containsExactly(container.id);
    assertThat(processesNaming(torn.id)).isEmpty();
    assertThat(
            Cgroup.of(
                    CgroupHost.detect(),
                    node.config.cgroupParent() + "/" + whole.id + "/" + torn.id)
                .exists())
        .isFalse();
  }

  private static List<String> processesNaming(String id) {
    return ProcessHandle.allProcesses()
        .map(process -> Path.of("/proc", Long.toString(process.pid()), "cmdline"))
        .map(RecoveryTest::text)
        .filter(command -> command.contains(id))
        .toList();
  }

  private static String text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException ended) {
      return "";
    }
  }

  /** An administrator drops a handler's table, or its program, while containers of it run. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void containersOfAHandlerThatIsGoneAreEndedAndRemoved(boolean tableToo) throws IOException {
    Path program = Files.copy(Path.of("/usr/bin/crun"), node.dirs.path("bin/leaving-" + tableToo));
    Path dropIn = Files.createDirectories(node.dirs.path("conf.d")).resolve("leaving.toml");
    Files.writeString(dropIn, "[runtimes.leaving]\npath = \"" + program + "\"\n");
    node.stop();
    node.boot();
    TestPod pod = node.pod("leaving-" + tableToo);
    pod.handler = "leaving";
    pod.run();
    TestContainer running = pod.startSleeper("running");
    TestContainer created = pod.create(pod.shell("created", "true"));
    node.kill();
    Files.delete(program);
    if (tableToo) {
      Files.delete(dropIn);
    }
    node.boot();

    assertThat(running.state()).isEqualTo(ContainerState.CONTAINER_RUNNING);
    running.stop(0);
    assertThat(running.status().getExitCode()).isEqualTo(137);
    created.remove();
    pod.stop();
    pod.remove();
    assertThat(processesNaming(running.id)).isEmpty();
    Files.deleteIfExists(dropIn);
    node.stop();
    node.boot();
  }

  private static void truncate(Path file, long size) throws IOException {
    try (var channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
      channel.truncate(size);
    }
  }

  private static List<String> names(Path dir) throws IOException {
    try (Stream<Path> entries = Files.list(dir)) {
      return entries.map(entry -> entry.getFileName().toString()).toList();
    }
  }
}
