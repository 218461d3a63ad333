package dev.gantry.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host of its own, by a network namespace: whether it forwards packets before and after. */
class ForwardingTest {
  @TempDir Path dir;
  private final List<TestNetns> namespaces = new ArrayList<>();

  @AfterEach
  void close() {
    namespaces.forEach(TestNetns::close);
  }

  private TestNetns netns() {
    TestNetns netns = new TestNetns();
    namespaces.add(netns);
    return netns;
  }

  @Test
  void itIsTurnedOffAgainUnlessSomebodyCameLater() {
    TestNetns host = netns();
    // A new one has what this machine has.
    host.run("sh", "-c", "echo 0 > /proc/sys/net/ipv4/ip_forward");
    assertThat(life(host)).isEqualTo("1");
    assertThat(forwarding(host)).isEqualTo("0");
    assertThat(host.run("ip", "-o", "link")).doesNotContain("bridge");

    assertThat(life(host, "ip", "link", "add", "later", "type", "bridge")).isEqualTo("1");
    assertThat(forwarding(host)).as("somebody came after the bridge").isEqualTo("1");
    host.run("ip", "link", "delete", "later");

    assertThat(life(host)).isEqualTo("1");
    assertThat(forwarding(host)).as("it was on before").isEqualTo("1");
  }

  private static String forwarding(TestNetns host) {
    return host.run("cat", "/proc/sys/net/ipv4/ip_forward").strip();
  }

  /** What {@link Life} says there. */
  private String life(TestNetns host, String... meanwhile) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Life.class.getName(),
                dir.toString(),
                netns().path().toString()));
    command.addAll(List.of(meanwhile));
    return host.run(command.toArray(String[]::new)).lines().toList().getLast();
  }

  /** A bridge that comes with its first pod, and goes; by the real plug-in, in this namespace. */
  static final class Life {
    private Life() {}

    /** Says whether packets are forwarded while the pod is there. */
    public static void main(String[] arguments) throws IOException, NetworkException {
      Path dir = Path.of(arguments[0]);
      BuiltinBridge bridge = BuiltinBridge.in(dir.resolve("state"));
      List<Path> plugins = List.of(Path.of("/opt/cni/bin"), Path.of("/usr/lib/cni"));
      var settings =
          new NetworkSettings(
              List.of(dir.resolve("net.d")), plugins, Duration.ofSeconds(30), bridge);
      String said;
      try (PodNetworks networks = new PodNetworks(settings, dir.resolve("journal"))) {
        String id = UUID.randomUUID().toString().replace("-", "");
        networks.attach(
            new AttachRequest(
                id, "web", "default", "uid", Path.of(arguments[1]), List.of(), Map.of()));
        said = Shell.run("cat", "/proc/sys/net/ipv4/ip_forward").strip();
        if (arguments.length > 2) {
          Shell.run(List.of(arguments).subList(2, arguments.length).toArray(String[]::new));
        }
        networks.detach(id);
      }
      BuiltinBridge.in(dir.resolve("state")).remove();
      System.out.println(said);
    }
  }
}
