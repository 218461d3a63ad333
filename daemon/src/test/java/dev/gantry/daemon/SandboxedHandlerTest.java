package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStats;
import dev.gantry.cri.v1.ContainerStatsRequest;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.ListContainerStatsRequest;
import dev.gantry.cri.v1.ListPodSandboxMetricsRequest;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.MountPropagation;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.RuntimeHandler;
import dev.gantry.cri.v1.SecurityProfile;
import dev.gantry.cri.v1.SecurityProfile.ProfileType;
import dev.gantry.cri.v1.StatusRequest;
import dev.gantry.cri.v1.UpdateContainerResourcesRequest;
import dev.gantry.linux.process.OrphanReaper;
import dev.gantry.linux.process.Spawn;
import dev.gantry.streaming.client.RemoteCommand;
import dev.gantry.streaming.client.Transport;
import dev.gantry.testkit.LeakCheck;
import io.grpc.Status.Code;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** runsc beside crun and runc: the containers of a pod in one sandbox. */
class SandboxedHandlerTest {
  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static final String TABLES =
      """
      [runtimes.crun]
      path = "crun"
      [runtimes.runc]
      path = "runc"
      [runtimes.runsc]
      options = ["--platform=systrap"]
      allowed_annotations = ["dev.gvisor.spec.mount.*"]
      """;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static Node node;

  /** The release of gVisor that brought systrap, its way to run on any kernel without /dev/kvm. */
  private static final int FIRST_WITH_SYSTRAP = 20230417;

  @BeforeAll
  static void startNode() throws IOException {
    requireSystrap();
    node = Node.options().runtimes(TABLES).start();
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  /** Debian 12 itself has an older one; without this every test would fail in a way of its own. */
  private static void requireSystrap() throws IOException {
    Spawn.Result told = Spawn.of("/usr/bin/runsc", "--version").run(PATIENCE, 1 << 16);
    Matcher version = Pattern.compile("20\\d{6}").matcher(told.stdoutText());
    assertThat(version.find()).as("what runsc --version says: " + told.stdoutText()).isTrue();
    assertThat(Integer.parseInt(version.group()))
        .as(
            "runsc of "
                + version.group()
                + " is too old, it has no systrap; install that of bookworm-backports:"
                + " apt-get install runsc/bookworm-backports")
        .isGreaterThanOrEqualTo(FIRST_WITH_SYSTRAP);
  }

  private static TestPod pod(String name) {
    TestPod pod = node.pod(name);
    pod.handler = "runsc";
    return pod;
  }

  @Test
  void handlersRunSideBySide() throws Exception {
    Map<String, RuntimeHandler> handlers =
        node.runtime().status(StatusRequest.getDefaultInstance()).getRuntimeHandlersList().stream()
            .collect(Collectors.toMap(RuntimeHandler::getName, handler -> handler));
    assertThat(handlers.keySet()).containsExactlyInAnyOrder("", "crun", "runc", "runsc");
    assertThat(requireNonNull(handlers.get("crun")).getFeatures().getRecursiveReadOnlyMounts())
        .isTrue();
    assertThat(requireNonNull(handlers.get("runsc")).getFeatures().getRecursiveReadOnlyMounts())
        .isFalse();

    TestPod sandboxed = pod("sandboxed").run();
    for (String handler : List.of("crun", "runc")) {
      TestPod beside = node.pod("beside-" + handler);
      beside.handler = handler;
      beside.run();
      assertThat(beside.startSleeper("main").sh("uname -r"))
          .isEqualTo(System.getProperty("os.version"));
      beside.remove();
    }
    TestContainer guest = sandboxed.startSleeper("main");
    assertThat(guest.sh("uname -r")).isNotEqualTo(System.getProperty("os.version"));
    assertThat(guest.sh("hostname")).isEqualTo("sandboxed");
    assertThat(guest.sh("ip addr show eth0")).contains(sandboxed.ip() + "/");
    sandboxed.remove();
  }

  @Test
  void containersOfAPodShareItsSandbox() throws Exception {
    TestPod pod = pod("share").run();
    TestContainer one = pod.startSleeper("one");
    TestContainer other = pod.start(pod.shell("other", "exec httpd -f -p 127.0.0.1:8080 -h /etc"));

    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(
                    one.exec("wget", "-qO-", "http://127.0.0.1:8080/hostname")
                        .getStdout()
                        .toStringUtf8())
                .contains("share"));
    // A PID namespace for each, as it was asked for.
    assertThat(one.sh("ps -o pid,args")).contains("sleep").doesNotContain("httpd");
    assertThat(other.state()).isEqualTo(ContainerState.CONTAINER_RUNNING);
    // One kernel: a single boot process for both.
    assertThat(bootProcesses(pod)).hasSize(1);
    pod.remove();
    assertThat(bootProcesses(pod)).isEmpty();
  }

  private static List<Path> bootProcesses(TestPod pod) throws IOException {
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
      var found = new ArrayList<Path>();
      for (Path process : processes) {
        try {
          var argv = List.of(Files.readString(process.resolve("cmdline")).split("\0"));
          if (argv.contains("boot") && argv.contains(pod.id)) {
            found.add(process);
          }
        } catch (IOException gone) {
          // It ended between the list and the look.
        }
      }
      return found;
    }
  }

  @Test
  void logsExitCodesAndExec() {
    TestPod pod = pod("life").run();
    TestContainer quick = pod.start(pod.shell("quick", "echo out; echo err >&2; exit 7"));
    assertThat(quick.ended().getExitCode()).isEqualTo(7);
    assertThat(quick.status().getReason()).isEqualTo("Error");
    assertThat(quick.logLines()).containsExactlyInAnyOrder("out", "err");
    assertThat(quick.rawLog().toString()).contains("stderr F err").contains("stdout F out");

    TestContainer polite =
        pod.start(
            pod.shell(
                "polite", "trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.1; done"));
    polite.awaitLine("up");
    assertThat(polite.exec("sh", "-c", "cat; echo e >&2; exit 9").getExitCode()).isEqualTo(9);
    assertThat(polite.sh("echo -n hello")).isEqualTo("hello");
    polite.stop(20);
    assertThat(polite.status().getExitCode()).isEqualTo(3);
    assertThat(polite.logLines()).contains("bye");

    TestContainer stubborn = pod.start(pod.shell("stubborn", "trap '' TERM; echo up; sleep 3600"));
    stubborn.awaitLine("up");
    stubborn.stop(1);
    assertThat(stubborn.status().getExitCode()).isEqualTo(137);
    stubborn.remove();
    pod.remove();
  }

  @Test
  void aCommandThatIsNotThereFailsTheStart() {
    TestPod pod = pod("nocommand").run();
    TestContainer container = pod.create(pod.container("main", "/no/such/command"));
    assertFails(container::start, Code.INVALID_ARGUMENT, "/no/such/command", "no such file");
    assertThat(container.ended().getExitCode()).isEqualTo(128);
    assertThat(container.status().getReason()).isEqualTo("StartError");
    TestContainer created = pod.create(pod.container("created", "true"));
    created.stop(0);
    assertThat(created.status().getExitCode()).isEqualTo(137);
    pod.remove();
  }

  @Test
  void aNodesOwnSeccompProfileIsLoadedInTheSandbox() throws Exception {
    Path profile =
        Files.writeString(
            node.dirs.path("chown.json"),
            """
            {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
              {"names": ["chown", "fchown", "fchownat", "lchown"], "action": "SCMP_ACT_ERRNO"}]}
            """);
    TestPod pod = pod("seccomp").run();
    ContainerConfig.Builder config = pod.shell("main", "chown 1 /tmp || echo no; sleep 3600");
    Edit.security(
        config,
        s ->
            s.setSeccomp(
                SecurityProfile.newBuilder()
                    .setProfileType(ProfileType.Localhost)
                    .setLocalhostRef(profile.toString())));
    TestContainer filtered = pod.start(config);
    filtered.awaitLine("no");
    TestContainer free = pod.start(pod.shell("free", "chown 1 /tmp && echo yes; sleep 3600"));
    free.awaitLine("yes");
    pod.remove();
  }

  @Test
  void anExecThatTimesOutIsKilledWithItsChildren() {
    TestPod pod = pod("timeout").run();
    TestContainer container = pod.startSleeper("main");
    assertFails(
        () ->
            node.runtime()
                .execSync(
                    ExecSyncRequest.newBuilder()
                        .setContainerId(container.id)
                        .addAllCmd(List.of("sh", "-c", "sleep 4000 & sleep 5000; true"))
                        .setTimeout(1)
                        .build()),
        Code.DEADLINE_EXCEEDED,
        "1");
    assertThat(container.sh("ps -o args"))
        .contains("sleep 3600")
        .doesNotContain("sleep 4000", "sleep 5000");
    pod.remove();
  }

  @Test
  void figuresComeFromTheSandbox() {
    TestPod pod = pod("figures").run();
    TestContainer busy = pod.start(pod.shell("busy", "while :; do :; done"));
    TestContainer idle = pod.startSleeper("idle");
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          ContainerStats stats = stats(busy);
          assertThat(stats.getCpu().getUsageCoreNanoSeconds().getValue())
              .isGreaterThan(1_000_000_000L);
          assertThat(stats.getMemory().getWorkingSetBytes().getValue()).isPositive();
        });
    assertThat(stats(idle).getCpu().getUsageCoreNanoSeconds().getValue())
        .isLessThan(stats(busy).getCpu().getUsageCoreNanoSeconds().getValue());
    assertThat(metric(pod, busy, "container_cpu_usage_seconds_total").orElseThrow()).isPositive();
    assertThat(metric(pod, busy, "container_memory_working_set_bytes").orElseThrow()).isPositive();
    assertThat(metric(pod, busy, "container_processes")).hasValue(1);
    // What the sandbox does not tell is not taken from a cgroup without processes.
    assertThat(metric(pod, busy, "container_memory_rss")).isEmpty();
    pod.remove();
  }

  private static OptionalLong metric(TestPod pod, TestContainer container, String name) {
    return node
        .runtime()
        .listPodSandboxMetrics(ListPodSandboxMetricsRequest.getDefaultInstance())
        .getPodMetricsList()
        .stream()
        .filter(one -> one.getPodSandboxId().equals(pod.id))
        .flatMap(one -> one.getContainerMetricsList().stream())
        .filter(one -> one.getContainerId().equals(container.id))
        .flatMap(one -> one.getMetricsList().stream())
        .filter(one -> one.getName().equals(name))
        .mapToLong(one -> one.getValue().getValue())
        .findFirst();
  }

  /** gVisor looks for what pods ask of it in the specification of their sandbox. */
  @Test
  void annotationsThatAreAllowedReachTheSandbox() throws Exception {
    TestPod pod = pod("annotated");
    pod.config
        .putAnnotations("dev.gvisor.spec.mount.cache.share", "pod")
        .putAnnotations("other.example.org/name", "value");
    pod.run();
    Path spec = node.config.state().resolve("pods").resolve(pod.id).resolve("guest/config.json");
    assertThat(spec)
        .content()
        .contains("\"dev.gvisor.spec.mount.cache.share\":\"pod\"")
        .doesNotContain("other.example.org");
    pod.remove();
  }

  @Test
  void figuresOfASandboxThatHangsStayAsLastReadAndOthersAreTold() throws Exception {
    TestPod hung = pod("hung").run();
    TestContainer stuck = hung.startSleeper("main");
    TestPod other = pod("other").run();
    TestContainer well = other.startSleeper("main");
    ContainerStats before = stats(stuck);
    long wellBefore = stats(well).getCpu().getTimestamp();
    String boot = bootProcesses(hung).getFirst().getFileName().toString();
    new ProcessBuilder("kill", "-STOP", boot).start().waitFor();
    try {
      await().atMost(PATIENCE).until(() -> listed(well).getCpu().getTimestamp() > wellBefore);
      ContainerStats last = listed(stuck);
      assertThat(last.getCpu().getTimestamp())
          .isGreaterThanOrEqualTo(before.getCpu().getTimestamp());
      assertThat(listed(stuck).getCpu()).isEqualTo(last.getCpu());
      assertThat(stats(stuck).getCpu()).isEqualTo(last.getCpu());
    } finally {
      new ProcessBuilder("kill", "-CONT", boot).start().waitFor();
    }
    hung.remove();
    other.remove();
  }

  private static ContainerStats listed(TestContainer container) {
    return node
        .runtime()
        .listContainerStats(ListContainerStatsRequest.getDefaultInstance())
        .getStatsList()
        .stream()
        .filter(stats -> stats.getAttributes().getId().equals(container.id))
        .findFirst()
        .orElseThrow();
  }

  private static ContainerStats stats(TestContainer container) {
    return node.runtime()
        .containerStats(ContainerStatsRequest.newBuilder().setContainerId(container.id).build())
        .getStats();
  }

  @Test
  void podsShareAProcessNamespaceWhereTheyAskForIt() {
    TestPod pod = pod("pids").pid(NamespaceMode.POD).run();
    pod.start(pod.container("one", "sleep", "1234"));
    TestContainer other = pod.start(pod.container("other", "sleep", "4321"));
    assertThat(other.sh("ps -o pid,args")).contains("sleep 1234").contains("1 /catatonit");
    var own = pod.container("alone", "sleep", "777");
    Edit.namespaces(own, namespaces -> namespaces.setPid(NamespaceMode.CONTAINER));
    TestContainer alone = pod.start(own);
    assertThat(alone.sh("ps -o args")).doesNotContain("1234");
    var debugger = pod.container("debug", "sleep", "99");
    Edit.namespaces(
        debugger, namespaces -> namespaces.setPid(NamespaceMode.TARGET).setTargetId(alone.id));
    assertThat(pod.start(debugger).sh("ps -o args")).contains("sleep 777").doesNotContain("1234");
    pod.remove();
  }

  @Test
  void whenTheSandboxDiesThePodIsNotReady() throws Exception {
    TestPod pod = pod("killed").run();
    TestContainer main = pod.startSleeper("main");
    Path boot = bootProcesses(pod).getFirst();
    new ProcessBuilder("kill", "-9", boot.getFileName().toString()).start().waitFor();
    assertThat(main.ended().getExitCode()).isEqualTo(137);
    await().atMost(PATIENCE).until(() -> !pod.ready());
    pod.stop();
    pod.remove();
  }

  @Test
  void whatASandboxCannotHaveIsRefused() {
    assertFails(pod("pid").pid(NamespaceMode.NODE)::run, Code.UNIMPLEMENTED, "pid NODE", "runsc");
    TestPod sysctls = pod("sysctls");
    Edit.linux(sysctls.config, linux -> linux.putSysctls("net.ipv4.ip_forward", "1"));
    assertFails(sysctls::run, Code.UNIMPLEMENTED, "linux.sysctls", "runsc");

    TestPod pod = pod("refusals").run();
    var shared = pod.container("shared", "true");
    shared.addMounts(
        Mount.newBuilder()
            .setHostPath("/tmp")
            .setContainerPath("/x")
            .setPropagation(MountPropagation.PROPAGATION_HOST_TO_CONTAINER));
    assertFails(() -> pod.create(shared), Code.UNIMPLEMENTED, "mounts.propagation of /x");
    // Nothing is ever mounted in an image, so there it means nothing.
    Mount.Builder image = shared.getMounts(0).toBuilder().clearHostPath();
    pod.create(shared.setMounts(0, image.setImage(shared.getImage()).setReadonly(true)));
    TestContainer main = pod.startSleeper("main");
    var update =
        UpdateContainerResourcesRequest.newBuilder()
            .setContainerId(main.id)
            .setLinux(LinuxContainerResources.newBuilder().setCpuShares(100));
    assertFails(
        () -> node.runtime().updateContainerResources(update.build()),
        Code.UNIMPLEMENTED,
        "runsc has no limits of single containers");
    pod.remove();
  }

  @Test
  void inTheNodesNetwork() {
    TestPod pod = pod("hostnet").hostNetwork().run();
    assertThat(pod.startSleeper("main").sh("ip -o link")).contains("lo");
    pod.remove();
  }

  @Test
  void streamsWorkOverSpdy() throws Exception {
    streamsWork(Transport.SPDY);
  }

  @Test
  void streamsWorkOverWebSocket() throws Exception {
    streamsWork(Transport.WEBSOCKET);
  }

  private static void streamsWork(Transport transport) throws Exception {
    var clients = new StreamClients(node, transport);
    TestPod pod = pod("streams-" + transport.name().toLowerCase(Locale.ROOT)).run();
    TestContainer main =
        pod.start(pod.container("main", "httpd", "-f", "-p", "127.0.0.1:7000", "-h", "/etc"));
    byte[] text = "line\n".repeat(2000).getBytes(StandardCharsets.UTF_8);

    var result =
        clients.exec(main, new ByteArrayInputStream(text), "sh", "-c", "cat; echo e >&2; exit 4");
    assertThat(result.code()).isEqualTo(4);
    assertThat(result.out()).isEqualTo(new String(text, StandardCharsets.UTF_8));
    assertThat(result.err()).isEqualTo("e\n");
    try (var terminal =
        clients.connectExec(
            main, false, true, "sh", "-c", "[ -t 0 ] && [ -t 1 ] && echo terminal")) {
      var out = new ByteArrayOutputStream();
      terminal.run(null, out, OutputStream.nullOutputStream(), () -> {}, () -> {});
      assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("terminal\r\n");
    }

    var echo = pod.container("echo", "cat").setStdin(true).setStdinOnce(true);
    TestContainer attached = pod.start(echo);
    try (var client = clients.connectAttach(attached, true, false)) {
      var out = new ByteArrayOutputStream();
      client.run(
          new ByteArrayInputStream(text), out, OutputStream.nullOutputStream(), () -> {}, () -> {});
      assertThat(out.toByteArray()).isEqualTo(text);
    }
    assertThat(attached.ended().getExitCode()).isZero();

    var errors = new CopyOnWriteArrayList<String>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        var ports = clients.connectPorts(pod);
        var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var near = new Socket(server.getInetAddress(), server.getLocalPort())) {
      Future<?> _ =
          threads.submit(() -> {
            ports.run();
            return true;
          });
      Future<?> forward =
          threads.submit(() -> {
            ports.forward(server.accept(), 7000, errors::add);
            return true;
          });
      near.getOutputStream()
          .write("GET /hostname HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      byte[] answer = near.getInputStream().readAllBytes();
      assertThat(errors).isEmpty();
      assertThat(new String(answer, StandardCharsets.US_ASCII))
          .startsWith("HTTP/1.")
          .endsWith(pod.config.getMetadata().getName() + "\n");
      near.shutdownOutput();
      forward.get();
    }
    pod.remove();
  }

  private static void drain(RemoteCommand client) {
    try {
      client.run(
          null,
          OutputStream.nullOutputStream(),
          OutputStream.nullOutputStream(),
          () -> {},
          () -> {});
    } catch (IOException e) {
      assertThat(e).isNotNull(); // its daemon was killed
    }
  }

  /** A daemon of its own that is killed while a container runs, one waits, one ends, one execs. */
  @Test
  void aKilledDaemonFindsEverythingAgain() throws Exception {
    OrphanReaper.start();
    try (Node killed = Node.options().runtimes(TABLES).inOwnProcess().start()) {
      TestPod pod = killed.pod("survivor");
      pod.handler = "runsc";
      pod.run();
      TestContainer main = pod.start(pod.shell("main", "while :; do echo tick; sleep 0.2; done"));
      TestContainer ends = pod.start(pod.shell("ends", "sleep 1; exit 6"));
      TestContainer waits = pod.create(pod.shell("waits", "echo late; exit 8"));
      main.awaitLine("tick");
      var client =
          new StreamClients(killed, Transport.SPDY)
              .connectExec(main, false, false, "sh", "-c", "sleep 5555 & sleep 5555");
      Thread.ofVirtual().start(() -> drain(client));
      await().atMost(PATIENCE).until(() -> main.sh("ps -o args").contains("sleep 5555"));

      killed.kill();
      Path exit = killed.config.state().resolve("exits").resolve(ends.id);
      await().atMost(PATIENCE).until(() -> Files.exists(exit));
      killed.boot();

      assertThat(pod.ready()).isTrue();
      assertThat(main.state()).isEqualTo(ContainerState.CONTAINER_RUNNING);
      assertThat(main.sh("echo here")).isEqualTo("here");
      await().atMost(PATIENCE).until(() -> !main.sh("ps -o args").contains("sleep 5555"));
      assertThat(ends.ended().getExitCode()).isEqualTo(6);
      waits.start();
      assertThat(waits.ended().getExitCode()).isEqualTo(8);
      assertThat(waits.logLines()).containsExactly("late");
      int lines = main.logLines().size();
      await().atMost(PATIENCE).until(() -> main.logLines().size() > lines);
      pod.stop();
      assertThat(main.status().getExitCode()).isEqualTo(137);
      pod.remove();
    }
  }
}
