package dev.gantry.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The built-in bridge on a host that drops what it forwards: another namespace plays that host. */
class ForwardingTest {
  @TempDir Path dir;
  private final TestNetns host = new TestNetns();
  private final TestNetns outside = new TestNetns();
  private final TestNetns pod = new TestNetns();

  @AfterEach
  void close() {
    pod.close();
    outside.close();
    host.close();
  }

  /** Runs everything in the host's namespace. */
  private PluginRunner inHost() {
    PluginRunner real = new SpawnPluginRunner();
    return call -> {
      List<String> args =
          new ArrayList<>(List.of("--net=" + host.path(), "--", call.program().toString()));
      args.addAll(call.args());
      return real.run(
          new PluginRunner.Call(
              Path.of("/usr/bin/nsenter"), args, call.env(), call.stdin(), call.deadline()));
    };
  }

  @Test
  void podsReachTheOutsideThroughAHostThatDropsByDefault() throws Exception {
    host.run(
        "ip",
        "link",
        "add",
        "up0",
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
        outside.name());
    host.run("ip", "addr", "add", "198.51.100.1/24", "dev", "up0");
    host.run("ip", "link", "set", "up0", "up");
    outside.run("ip", "addr", "add", "198.51.100.2/24", "dev", "eth0");
    outside.run("ip", "link", "set", "eth0", "up");
    host.run("iptables", "-P", "FORWARD", "DROP");
    BuiltinBridge bridge = new BuiltinBridge(dir.resolve("state"), inHost());
    try (PodNetworks networks = networks(bridge)) {
      AttachRequest request =
          new AttachRequest(Fixture.newId(), "a", "b", "c", pod.path(), List.of(), Map.of());

      networks.attach(request);

      pod.run("busybox", "ping", "-c", "1", "-W", "3", "198.51.100.2");
      assertThat(bridge.network(false)).isEqualTo(bridge.network(false));
      assertThat(
              host.run("iptables", "-S", "FORWARD")
                  .lines()
                  .filter(l -> l.contains(bridge.networkName())))
          .hasSize(2);
      networks.detach(request.podId());
      bridge.remove();
      assertThat(host.run("iptables", "-S", "FORWARD").strip()).isEqualTo("-P FORWARD DROP");
      assertThat(host.run("iptables-save", "-t", "nat"))
          .doesNotContain("CNI-")
          .doesNotContain("gantry");
    }
  }

  private PodNetworks networks(BuiltinBridge bridge) throws IOException {
    return new PodNetworks(
        new NetworkSettings(
            List.of(dir.resolve("net.d")),
            List.of(Path.of("/opt/cni/bin"), Path.of("/usr/lib/cni")),
            Duration.ofSeconds(30),
            bridge),
        dir.resolve("journal"),
        inHost(),
        Duration.ofSeconds(1),
        Duration.ofSeconds(1));
  }
}
