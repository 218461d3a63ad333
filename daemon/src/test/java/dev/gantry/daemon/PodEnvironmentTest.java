package dev.gantry.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.gantry.cri.v1.DNSConfig;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.PortMapping;
import dev.gantry.cri.v1.Protocol;
import dev.gantry.testkit.LeakCheck;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the containers of a pod share, and how the pod is reached. */
class PodEnvironmentTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static Node node;

  @BeforeAll
  static void startNode() {
    node = Node.start();
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

  private static String hostNamespace(String type) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/self/ns", type)).toString();
  }

  private static String namespace(TestContainer container, String type) {
    return container.sh("readlink /proc/self/ns/" + type);
  }

  @Test
  void containersShareNetworkIpcAndHostnameAndHaveTheirOwnProcesses() throws IOException {
    TestPod pod = node.pod("shared").run();
    TestContainer server =
        pod.start(pod.shell("server", "while :; do echo hello | nc -l -p 8080; done"));
    TestContainer client = pod.startSleeper("client");

    for (String type : new String[] {"net", "ipc", "uts"}) {
      assertThat(namespace(client, type))
          .isEqualTo(namespace(server, type))
          .isNotEqualTo(hostNamespace(type));
    }
    assertThat(namespace(client, "pid")).isNotEqualTo(namespace(server, "pid"));
    assertThat(client.sh("cat /proc/1/cmdline")).startsWith("sleep");
    await()
        .atMost(PATIENCE)
        .until(() ->
            client.exec("nc", "127.0.0.1", "8080").getStdout().toStringUtf8().equals("hello\n"));
  }

  @Test
  void withASharedPidNamespaceContainersSeeEachOther() {
    TestPod pod = node.pod("pids").pid(NamespaceMode.POD).run();
    TestContainer one = pod.start(pod.container("one", "sleep", "1111"));
    TestContainer two = pod.start(pod.container("two", "sleep", "2222"));

    assertThat(namespace(one, "pid")).isEqualTo(namespace(two, "pid"));
    assertThat(two.sh("ps")).contains("sleep 1111").contains("sleep 2222").contains("catatonit");
    two.sh("kill -9 $(ps | awk '/sleep 111[1]/ {print $1}')");
    assertThat(one.ended().getExitCode()).isEqualTo(137);
    // Orphans are the init's to wait for.
    two.sh("(sleep 0 & exec sh -c 'exit 0'); sleep 0.3");
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(two.sh("ps")).doesNotContain("[sleep"));
  }

  @Test
  void thePidNamespaceOfATargetOrOfTheNode() throws IOException {
    TestPod pod = node.pod("targets").run();
    TestContainer target = pod.start(pod.container("target", "sleep", "3333"));
    var debugger = pod.container("debugger", "sleep", "3600");
    Edit.namespaces(
        debugger, namespaces -> namespaces.setPid(NamespaceMode.TARGET).setTargetId(target.id));
    var host = pod.container("host", "sleep", "3600");
    Edit.namespaces(host, namespaces -> namespaces.setPid(NamespaceMode.NODE));

    assertThat(namespace(pod.start(debugger), "pid")).isEqualTo(namespace(target, "pid"));
    assertThat(namespace(pod.start(host), "pid")).isEqualTo(hostNamespace("pid"));
  }

  /** As a client's container that names no mode: it has what its pod has. */
  @Test
  void aContainerSharesThePidNamespaceOfItsPodWhichMayBeTheNodes() throws IOException {
    TestPod pod = node.pod("processes").hostNetwork();
    Edit.namespaces(pod.config, namespaces -> namespaces.setPid(NamespaceMode.NODE));
    pod.run();
    var container = pod.container("main", "sleep", "3600");
    Edit.namespaces(container, NamespaceOption.Builder::clearPid);

    assertThat(namespace(pod.start(container), "pid")).isEqualTo(hostNamespace("pid"));
  }

  @Test
  void theNodesNetwork() throws IOException {
    TestPod pod = node.pod("host").hostNetwork().run();
    TestContainer container = pod.startSleeper("main");

    assertThat(pod.ip()).isEmpty();
    assertThat(namespace(container, "net")).isEqualTo(hostNamespace("net"));
    assertThat(namespace(container, "uts")).isEqualTo(hostNamespace("uts"));
    assertThat(namespace(container, "ipc")).isNotEqualTo(hostNamespace("ipc"));
    assertThat(container.sh("echo $HOSTNAME")).isNotEmpty().isEqualTo(container.sh("hostname"));
    TestPod named = node.pod("named").hostNetwork();
    named.config.setHostname("my-host");
    assertThat(named.run().startSleeper("main").sh("echo $HOSTNAME")).isEqualTo("my-host");
  }

  @Test
  void theNodesIpc() throws IOException {
    TestPod pod = node.pod("ipc");
    Edit.namespaces(pod.config, namespaces -> namespaces.setIpc(NamespaceMode.NODE));
    pod.run();

    assertThat(namespace(pod.startSleeper("main"), "ipc")).isEqualTo(hostNamespace("ipc"));
  }

  @Test
  void hostnameNameServersHostsAndSharedMemory() {
    TestPod pod = node.pod("files");
    pod.config
        .setHostname("my-host")
        .setDnsConfig(
            DNSConfig.newBuilder()
                .addServers("10.0.0.10")
                .addSearches("ns.svc.cluster.local")
                .addSearches("cluster.local")
                .addOptions("ndots:5"));
    pod.run();
    TestContainer one = pod.startSleeper("one");
    TestContainer two = pod.startSleeper("two");

    assertThat(one.sh("hostname")).isEqualTo("my-host");
    assertThat(one.sh("cat /etc/hostname")).isEqualTo("my-host");
    assertThat(one.sh("echo $HOSTNAME")).isEqualTo("my-host");
    assertThat(one.sh("cat /etc/hosts")).contains("127.0.0.1").contains(pod.ip() + "\tmy-host");
    assertThat(one.sh("cat /etc/resolv.conf").lines())
        .containsExactly(
            "search ns.svc.cluster.local cluster.local", "nameserver 10.0.0.10", "options ndots:5");
    assertThat(one.sh("df -k /dev/shm | tail -1 | awk '{print $2}'")).isEqualTo("65536");
    one.sh("echo shared > /dev/shm/note");
    assertThat(two.sh("cat /dev/shm/note")).isEqualTo("shared");
  }

  @Test
  void filesOfAPodInTheNodesNetworkAreCopiesOfTheNodes() throws IOException {
    String hosts = Files.readString(Path.of("/etc/hosts"));
    TestContainer container = node.pod("files").hostNetwork().run().startSleeper("main");

    assertThat(container.sh("cat /etc/hosts")).isEqualTo(hosts.strip());
    // The kernel's, since a node need not have an /etc/hostname.
    assertThat(container.sh("grep ' /etc/hostname ' /proc/self/mountinfo"))
        .contains("/pods/" + container.pod.id + "/hostname ");
    assertThat(container.sh("cat /etc/hostname"))
        .isEqualTo(Files.readString(Path.of("/proc/sys/kernel/hostname")).strip());
    container.sh("echo 192.0.2.1 other >> /etc/hosts; echo other > /etc/hostname");
    assertThat(Files.readString(Path.of("/etc/hosts"))).isEqualTo(hosts);
  }

  @Test
  void sysctlsOfThePod() throws IOException {
    String before = Files.readString(Path.of("/proc/sys/net/ipv4/ip_local_port_range"));
    TestPod pod = node.pod("sysctls");
    Edit.linux(
        pod.config,
        linux ->
            linux
                .putSysctls("net.ipv4.ip_local_port_range", "2000 3000")
                .putSysctls("kernel.shm_rmid_forced", "1"));
    pod.run();
    TestContainer container = pod.startSleeper("main");

    assertThat(container.sh("cat /proc/sys/net/ipv4/ip_local_port_range")).isEqualTo("2000\t3000");
    assertThat(container.sh("cat /proc/sys/kernel/shm_rmid_forced")).isEqualTo("1");
    assertThat(Files.readString(Path.of("/proc/sys/net/ipv4/ip_local_port_range")))
        .isEqualTo(before);
  }

  @Test
  void isReachedByItsAddressAndByHostPorts() {
    int anywhere = FreePorts.next();
    int loopback = FreePorts.next();
    TestPod pod = node.pod("ports");
    pod.config
        .addPortMappings(PortMapping.newBuilder().setContainerPort(80).setHostPort(anywhere))
        .addPortMappings(
            PortMapping.newBuilder()
                .setContainerPort(80)
                .setHostPort(loopback)
                .setHostIp("127.0.0.1"));
    pod.run();
    // One that never stops listening, so that only a missing port refuses.
    pod.start(pod.container("web", "nc", "-ll", "-p", "80", "-e", "echo", "served"));

    assertThat(ask(pod.ip(), 80)).isEqualTo("served\n");
    assertThat(ask("127.0.0.1", anywhere)).isEqualTo("served\n");
    assertThat(ask("127.0.0.2", anywhere)).isEqualTo("served\n");
    assertThat(ask("127.0.0.1", loopback)).isEqualTo("served\n");
    assertThatThrownBy(() -> new Socket("127.0.0.2", loopback).close())
        .isInstanceOf(ConnectException.class);
  }

  /** Prints the source and destination ports and the type of the first SCTP chunk that comes. */
  private static final String RECEIVE =
      """
      use Socket; socket(S, PF_INET, SOCK_RAW, 132) or die $!; $| = 1; print "ready\\n";
      recv(S, $p, 2048, 0); $at = (ord($p) & 15) * 4;
      printf "%d %d\\n", unpack("x2n", substr($p, $at)), unpack("x12C", substr($p, $at));
      """;

  /** Sends an INIT chunk, as RFC 9260 has it, ten times a second for a minute. */
  private static final String SEND =
      """
      use Socket; socket(S, PF_INET, SOCK_RAW, 132) or die $!;
      $p = pack("nnNN CCnNNnnN", 40000, $ARGV[1], 0, 0, 1, 0, 20, 7, 65536, 1, 1, 1);
      for (1 .. 600) { send(S, $p, 0, sockaddr_in(0, inet_aton($ARGV[0]))); select(undef, undef, undef, 0.1); }
      """;

  /** Kernels without SCTP sockets forward it, too: so this is spoken over raw ones. */
  @Test
  void isReachedBySctpHostPorts() throws IOException, InterruptedException {
    int port = FreePorts.next();
    TestPod pod = node.pod("sctp");
    pod.config.addPortMappings(
        PortMapping.newBuilder()
            .setProtocol(Protocol.SCTP)
            .setContainerPort(3868)
            .setHostPort(port));
    pod.run();
    Path netns = node.config.state().resolve("pods").resolve(pod.id).resolve("ns/network");
    String gateway = pod.ip().replaceFirst("\\d+$", "1");

    Process receiver =
        new ProcessBuilder("nsenter", "--net=" + netns, "perl", "-e", RECEIVE)
            .redirectErrorStream(true)
            .start();
    try (var lines = receiver.inputReader(StandardCharsets.UTF_8)) {
      assertThat(lines.readLine()).isEqualTo("ready");
      Process sender =
          new ProcessBuilder("perl", "-e", SEND, gateway, Integer.toString(port))
              .inheritIO()
              .start();
      try {
        assertThat(receiver.waitFor(PATIENCE)).isTrue();
        assertThat(lines.readLine()).as("port and INIT").isEqualTo("3868 1");
      } finally {
        sender.destroyForcibly().waitFor();
      }
    } finally {
      receiver.destroyForcibly().waitFor();
    }
  }

  /** What a server says to who connects; waits until there is one. */
  private static String ask(String host, int port) {
    return await()
        .atMost(PATIENCE)
        .ignoreException(ConnectException.class)
        .until(
            () -> {
              try (var socket = new Socket()) {
                socket.connect(new InetSocketAddress(host, port), 5000);
                socket.setSoTimeout(5000);
                InputStream in = socket.getInputStream();
                socket.shutdownOutput();
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
              }
            },
            answer -> !answer.isEmpty());
  }

  @Test
  void podsReachEachOther() {
    TestPod server = node.pod("server").run();
    server.start(server.shell("web", "while :; do echo served | nc -l -p 80; done"));
    TestPod client = node.pod("client").run();
    TestContainer container = client.startSleeper("main");

    await()
        .atMost(PATIENCE)
        .until(() ->
            container.exec("nc", server.ip(), "80").getStdout().toStringUtf8().equals("served\n"));
  }

  @Test
  void mountsOfTheNode() throws IOException {
    Path shared = node.dirs.dir("shared");
    Files.writeString(shared.resolve("in"), "from the node");
    TestPod pod = node.pod("mounts").hostNetwork().run();
    TestContainer container =
        pod.start(
            pod.container("main", "sleep", "3600")
                .addMounts(
                    Mount.newBuilder().setContainerPath("/rw").setHostPath(shared.toString()))
                .addMounts(
                    Mount.newBuilder()
                        .setContainerPath("/ro")
                        .setHostPath(shared.toString())
                        .setReadonly(true))
                .addMounts(
                    Mount.newBuilder()
                        .setContainerPath("/made")
                        .setHostPath(node.dirs.path("made/here").toString())));

    assertThat(container.sh("cat /ro/in")).isEqualTo("from the node");
    container.sh("echo back > /rw/out");
    assertThat(shared.resolve("out")).hasContent("back");
    assertThat(container.sh("touch /ro/x 2>/dev/null || echo refused")).isEqualTo("refused");
    assertThat(node.dirs.path("made/here")).isDirectory();
  }
}
