package dev.gantry.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The built-in bridge with the real plug-ins, in real namespaces. */
class BuiltinBridgeTest {
  private static final List<Path> PLUGINS =
      List.of(Path.of("/opt/cni/bin"), Path.of("/usr/lib/cni"));

  @TempDir Path dir;
  private final List<AttachRequest> attached = new ArrayList<>();
  private final List<TestNetns> namespaces = new ArrayList<>();
  private BuiltinBridge bridge;
  private PodNetworks networks;

  @BeforeEach
  void open() throws IOException {
    bridge = BuiltinBridge.in(dir.resolve("state"));
    networks = networks(bridge);
  }

  private PodNetworks networks(BuiltinBridge builtin) throws IOException {
    return new PodNetworks(
        new NetworkSettings(
            List.of(dir.resolve("net.d")), PLUGINS, Duration.ofSeconds(30), builtin),
        dir.resolve("journal"));
  }

  @AfterEach
  void close() throws IOException {
    attached.forEach(this::detach);
    namespaces.forEach(TestNetns::close);
    networks.close();
    bridge.remove();
  }

  private TestNetns netns() {
    TestNetns netns = new TestNetns();
    namespaces.add(netns);
    return netns;
  }

  private AttachRequest request(TestNetns netns, PortMapping... ports) {
    return request(netns, Map.of(), ports);
  }

  private AttachRequest request(
      TestNetns netns, Map<String, String> annotations, PortMapping... ports) {
    String id = UUID.randomUUID().toString().replace("-", "");
    AttachRequest request =
        new AttachRequest(id, "web", "default", "uid", netns.path(), List.of(ports), annotations);
    attached.add(request);
    return request;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static String fetch(InetAddress host, int port) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), 3000);
      socket.setSoTimeout(3000);
      socket
          .getOutputStream()
          .write("GET /page HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private void serve(TestNetns netns) throws IOException {
    Path www = Files.createDirectories(dir.resolve("www"));
    Files.writeString(www.resolve("page"), "hello from the pod");
    netns.start("busybox", "httpd", "-f", "-p", "80", "-h", www.toString());
  }

  private static String nat() {
    return Shell.run("iptables-save", "-t", "nat");
  }

  @Test
  void aPodIsReachedByItsAddressAndByHostPortAndLeavesNothing() throws Exception {
    TestNetns netns = netns();
    serve(netns);
    int port = freePort();
    AttachRequest request =
        request(netns, new PortMapping(PortMapping.Protocol.TCP, 80, port, null));

    PodNetwork network = networks.attach(request);

    InetAddress own = InetAddress.getByName(hostAddress());
    await()
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(fetch(network.primaryIp(), 80)).contains("hello"));
    assertThat(fetch(InetAddress.ofLiteral("127.0.0.1"), port)).contains("hello from the pod");
    assertThat(fetch(own, port)).contains("hello from the pod");
    assertThat(netns.run("ip", "-o", "addr", "show", "eth0"))
        .contains(network.primaryIp().getHostAddress());
    assertThat(networks.find(request.podId())).contains(network);
    assertThat(networks.attach(request)).isEqualTo(network);

    networks.detach(request.podId());
    networks.detach(request.podId());

    assertThat(networks.find(request.podId())).isEmpty();
    assertThat(nat()).doesNotContain(request.podId());
    assertThat(leases()).isEmpty();
    assertThat(dir.resolve("journal")).isEmptyDirectory();
    assertThat(bridge.isUp()).isTrue();

    bridge.remove();
    bridge.remove();

    assertThat(bridge.isUp()).isFalse();
    assertThat(dir.resolve("state/network")).doesNotExist();
    assertThat(nat()).doesNotContain(bridge.networkName());
  }

  @Test
  void hostPortsWorkForUdpAndAnAddressOfTheHost() throws Exception {
    TestNetns netns = netns();
    int port = freePort();
    InetAddress own = InetAddress.ofLiteral(hostAddress());
    answerByUdp(netns);
    AttachRequest request =
        request(
            netns,
            new PortMapping(PortMapping.Protocol.UDP, 53, port, null),
            new PortMapping(PortMapping.Protocol.SCTP, 99, port, null),
            new PortMapping(PortMapping.Protocol.TCP, 80, port, own));

    networks.attach(request);
    serve(netns);

    await().ignoreExceptions().untilAsserted(() -> assertThat(fetch(own, port)).contains("hello"));
    assertThatThrownBy(() -> fetch(InetAddress.ofLiteral("127.0.0.1"), port))
        .isInstanceOf(IOException.class);
    assertThat(nat())
        .contains("-p sctp -m sctp --dport " + port)
        .contains("-d " + own.getHostAddress() + "/32 -p tcp -m tcp --dport " + port);
    await().ignoreExceptions().untilAsserted(() -> assertThat(askByUdp(port)).isEqualTo("answer"));
    networks.detach(request.podId());
    assertThat(nat()).doesNotContain(request.podId());
  }

  /** Debian's busybox has no nc for UDP. */
  private void answerByUdp(TestNetns netns) throws IOException {
    Path source = dir.resolve("Answer.java");
    Files.writeString(
        source,
        """
        void main() throws Exception {
          var socket = new java.net.DatagramSocket(53);
          var packet = new java.net.DatagramPacket(new byte[100], 100);
          while (true) {
            socket.receive(packet);
            packet.setData("answer".getBytes());
            socket.send(packet);
          }
        }
        """);
    netns.start(Path.of(System.getProperty("java.home"), "bin/java").toString(), source.toString());
  }

  private static String askByUdp(int port) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(3000);
      socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
      socket.send(new DatagramPacket(new byte[] {'x'}, 1));
      DatagramPacket packet = new DatagramPacket(new byte[100], 100);
      socket.receive(packet);
      return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8).strip();
    }
  }

  @Test
  void podsReachEachOtherAndTheGateway() throws Exception {
    TestNetns one = netns();
    TestNetns two = netns();
    PodNetwork first = networks.attach(request(one));
    PodNetwork second = networks.attach(request(two));

    one.run("busybox", "ping", "-c", "1", "-W", "3", second.primaryIp().getHostAddress());
    two.run("busybox", "ping", "-c", "1", "-W", "3", first.primaryIp().getHostAddress());
    two.run("busybox", "ping", "-c", "1", "-W", "3", String.valueOf(first.gateway()).substring(1));
    assertThat(one.run("ip", "route"))
        .contains("default via " + String.valueOf(first.gateway()).substring(1));
  }

  @Test
  void aPodWhoseNamespaceIsGoneLeavesNeitherRuleNorLease() throws Exception {
    TestNetns netns = netns();
    AttachRequest request =
        request(netns, new PortMapping(PortMapping.Protocol.TCP, 80, freePort(), null));
    networks.attach(request);
    assertThat(nat()).contains(request.podId());
    netns.delete();

    networks.detach(request.podId());

    assertThat(nat()).doesNotContain(request.podId());
    assertThat(leases()).isEmpty();
    assertThat(dir.resolve("journal")).isEmptyDirectory();
  }

  @Test
  void afterTheLastMappingTheSharedChainsGoUnlessSomebodyUsesThem() throws Exception {
    TestNetns netns = netns();
    AttachRequest request =
        request(netns, new PortMapping(PortMapping.Protocol.TCP, 80, freePort(), null));
    networks.attach(request);
    assertThat(nat()).contains(":CNI-HOSTPORT-DNAT ");

    networks.detach(request.podId());

    // Another daemon on this host may be using them now.
    assertThat(nat())
        .satisfiesAnyOf(
            rules -> assertThat(rules).doesNotContain("CNI-HOSTPORT"),
            rules -> assertThat(rules).contains("-A CNI-HOSTPORT-DNAT "),
            rules -> assertThat(Shell.run("ps", "-eo", "comm")).contains("portmap"));
  }

  @Test
  void manyPodsAtOnceGetDifferentAddresses() throws Exception {
    List<AttachRequest> requests = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      requests.add(request(netns()));
    }
    List<CompletableFuture<PodNetwork>> results = new ArrayList<>();
    try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
      for (AttachRequest request : requests) {
        results.add(CompletableFuture.supplyAsync(() -> attach(request), pool));
      }
      assertThat(results.stream().map(pod -> pod.join().primaryIp()))
          .doesNotHaveDuplicates()
          .hasSize(12);
      for (AttachRequest request : requests) {
        pool.execute(() -> detach(request));
      }
    }
    assertThat(leases()).isEmpty();
    assertThat(dir.resolve("journal")).isEmptyDirectory();
  }

  private PodNetwork attach(AttachRequest request) {
    try {
      return networks.attach(request);
    } catch (NetworkException e) {
      throw new AssertionError(e);
    }
  }

  private void detach(AttachRequest request) {
    try {
      networks.detach(request.podId());
    } catch (NetworkException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aConfigurationTakesPrecedenceAndABrokenOneToo() throws Exception {
    assertThat(networks.status().networkName()).isEqualTo(bridge.networkName());
    networks.close();

    Files.createDirectories(dir.resolve("net.d"));
    Files.writeString(dir.resolve("net.d/1.conflist"), "{");
    networks = networks(bridge);

    assertThat(networks.status().ready()).isFalse();
    assertThat(networks.status().message()).contains("net.d/1.conflist");
  }

  @Test
  void aSubnetInUseIsPassedOverAndTheChoiceIsKept() throws Exception {
    String name = bridge.bridgeName();
    List<Subnet> candidates =
        SubnetCandidates.startingAt(Integer.parseUnsignedInt(name.substring(3), 16))
            .limit(2)
            .toList();
    String other = "gto" + name.substring(3);
    Shell.run("ip", "link", "add", other, "type", "bridge");
    try {
      Shell.run(
          "ip",
          "addr",
          "add",
          candidates.get(0).toString().replace(".0/22", ".9/28"),
          "dev",
          other);

      bridge.network(false);
      assertThat(bridge.subnet()).contains(candidates.get(1).toString());
    } finally {
      Shell.run("ip", "link", "delete", other);
    }
    BuiltinBridge again = BuiltinBridge.in(dir.resolve("state"));
    again.network(true);
    assertThat(again.subnet()).contains(candidates.get(1).toString());
    assertThat(again.bridgeName()).isEqualTo(name).hasSizeLessThanOrEqualTo(15);
    assertThat(BuiltinBridge.in(dir.resolve("other")).bridgeName()).isNotEqualTo(name);
  }

  @Test
  void aConfiguredNetworkWithTheRealPluginsLeavesNothingOfThePod() throws Exception {
    networks.close();
    Files.createDirectories(dir.resolve("net.d"));
    bridge.network(true);
    Files.writeString(
        dir.resolve("net.d/10-mine.conflist"),
        """
        {"cniVersion":"0.4.0","name":"%s","plugins":[
          {"type":"bridge","bridge":"%s","isGateway":true,"ipMasq":true,
           "ipam":{"type":"host-local","dataDir":"%s","ranges":[[{"subnet":"%s"}]],"routes":[{"dst":"0.0.0.0/0"}]}},
          {"type":"portmap","capabilities":{"portMappings":true}},
          {"type":"bandwidth","capabilities":{"bandwidth":true}},
          {"type":"tuning","sysctl":{"net.ipv4.ip_default_ttl":"63"}}]}
        """
            .formatted(
                bridge.networkName(),
                bridge.bridgeName(),
                dir.resolve("ipam"),
                bridge.subnet().orElseThrow()));
    networks = networks(bridge);
    TestNetns netns = netns();
    serve(netns);
    int port = freePort();
    AttachRequest request =
        request(
            netns,
            Map.of("kubernetes.io/egress-bandwidth", "100M"),
            new PortMapping(PortMapping.Protocol.TCP, 80, port, null));

    PodNetwork network = networks.attach(request);

    await()
        .ignoreExceptions()
        .untilAsserted(
            () -> assertThat(fetch(InetAddress.ofLiteral("127.0.0.1"), port)).contains("hello"));
    assertThat(network.networkName()).isEqualTo(bridge.networkName());
    assertThat(netns.run("cat", "/proc/sys/net/ipv4/ip_default_ttl").strip()).isEqualTo("63");
    networks.detach(request.podId());
    assertThat(networks.pending()).isEmpty();
    assertThat(Shell.run("ip", "-o", "link")).doesNotContain("master " + bridge.bridgeName());
    assertThat(dir.resolve("ipam").resolve(bridge.networkName()))
        .isDirectoryNotContaining("regex:.*/10\\..*");
  }

  /** The real plug-ins: an address of each family, and host ports on both, also for SCTP. */
  @Test
  void aDualStackNetworkHasBothAddressesAndHostPortsOnBoth() throws Exception {
    networks.close();
    Files.createDirectories(dir.resolve("net.d"));
    bridge.network(true);
    Files.writeString(
        dir.resolve("net.d/10-dual.conflist"),
        """
        {"cniVersion":"1.0.0","name":"%s","plugins":[
          {"type":"bridge","bridge":"%s","isGateway":true,"ipMasq":true,
           "ipam":{"type":"host-local","dataDir":"%s",
             "ranges":[[{"subnet":"%s"}],[{"subnet":"fd7a:%s::/64"}]],
             "routes":[{"dst":"0.0.0.0/0"},{"dst":"::/0"}]}},
          {"type":"portmap","snat":true,"capabilities":{"portMappings":true}}]}
        """
            .formatted(
                bridge.networkName(),
                bridge.bridgeName(),
                dir.resolve("ipam"),
                bridge.subnet().orElseThrow(),
                bridge.networkName().substring(bridge.networkName().length() - 4)));
    networks = networks(bridge);
    TestNetns netns = netns();
    int port = freePort();
    int sctp = freePort();
    AttachRequest request =
        request(
            netns,
            new PortMapping(PortMapping.Protocol.TCP, 80, port, null),
            new PortMapping(PortMapping.Protocol.SCTP, 5000, sctp, null));

    PodNetwork network = networks.attach(request);

    assertThat(network.addresses()).hasSize(2);
    assertThat(network.addresses().get(0)).contains(".");
    assertThat(network.addresses().get(1)).startsWith("fd7a:");
    // On both families: busybox's httpd listens on :: and takes IPv4 there, too.
    serve(netns);
    await()
        .ignoreExceptions()
        .untilAsserted(
            () -> assertThat(fetch(InetAddress.ofLiteral("127.0.0.1"), port)).contains("hello"));
    InetAddress gateway =
        InetAddress.ofLiteral(network.addresses().get(1).replaceFirst("[0-9a-f]+$", "1"));
    await()
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(fetch(gateway, port)).contains("hello"));
    assertThat(nat()).contains("-p sctp").contains("--dport " + sctp);
    assertThat(Shell.run("ip6tables-save", "-t", "nat")).contains("-p sctp", "--dport " + sctp);
    networks.detach(request.podId());
    assertThat(nat()).doesNotContain(bridge.networkName());
    assertThat(Shell.run("ip6tables-save", "-t", "nat")).doesNotContain(bridge.networkName());
  }

  /** Also with port mappings, which plug-ins of before CNI 1.1 look for wrongly. */
  @Test
  void aChangedNetworkFailsCheck() throws Exception {
    TestNetns netns = netns();
    AttachRequest request =
        request(netns, new PortMapping(PortMapping.Protocol.TCP, 80, freePort(), null));
    networks.attach(request);
    networks.check(request.podId());
    netns.run("ip", "addr", "flush", "dev", "eth0");

    assertThatThrownBy(() -> networks.check(request.podId()))
        .isInstanceOf(NetworkException.PluginFailed.class)
        .hasMessageContaining(
            "CNI CHECK of network " + bridge.networkName() + ": plug-in bridge: ");
  }

  private static String hostAddress() {
    return Shell.run("hostname", "-I").strip().split(" ", -1)[0];
  }

  private List<Path> leases() throws IOException {
    try (var files =
        Files.list(dir.resolve("state/network/leases").resolve(bridge.networkName()))) {
      return files
          .filter(file -> Character.isDigit(String.valueOf(file.getFileName()).charAt(0)))
          .toList();
    }
  }
}
