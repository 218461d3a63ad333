package dev.gantry.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The built-in bridge with the real plug-ins, in real namespaces. */
class BuiltinBridgeTest {
  private static final List<Path> PLUGINS =
      List.of(Path.of("/opt/cni/bin"), Path.of("/usr/lib/cni"));

  @TempDir Path dir;
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
    namespaces.forEach(TestNetns::close);
    networks.close();
    bridge.remove();
  }

  private TestNetns netns() {
    TestNetns netns = new TestNetns();
    namespaces.add(netns);
    return netns;
  }

  private static AttachRequest request(TestNetns netns, PortMapping... ports) {
    String id = UUID.randomUUID().toString().replace("-", "");
    return new AttachRequest(
        id, "web", "default", UUID.randomUUID().toString(), netns.path(), List.of(ports), Map.of());
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
