package dev.gantry.linux.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.namespace.NamespaceType;
import dev.gantry.linux.namespace.PodNamespaces;
import dev.gantry.linux.namespace.PodNamespaces.PinRequest;
import dev.gantry.linux.net.LinkStats.Direction;
import dev.gantry.linux.process.Spawn;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinksTest {
  @TempDir Path dir;
  private Path pin = Path.of("/");

  @BeforeEach
  void makeNetwork() throws Exception {
    pin = dir.resolve("net");
    PodNamespaces.pin(new PinRequest(Map.of(NamespaceType.NETWORK, pin), null, Map.of(), false));
  }

  @AfterEach
  void removeNetwork() throws Exception {
    PodNamespaces.unpin(pin);
  }

  private <T> T inside(Callable<T> task) throws Exception {
    return PodNamespaces.inNetwork(pin, task);
  }

  private void ip(String... arguments) throws Exception {
    Spawn.Result result =
        inside(() -> {
          String[] argv = new String[arguments.length + 1];
          argv[0] = "ip";
          System.arraycopy(arguments, 0, argv, 1, arguments.length);
          return Spawn.of(argv).run(Duration.ofSeconds(60), 4096);
        });
    assertThat(result.success()).as(result.stderr()).isTrue();
  }

  @Test
  void loopbackComesUpWithItsAddresses() throws Exception {
    assertThat(inside(() -> Links.find("lo")).orElseThrow().up()).isFalse();
    inside(() -> {
      Links.loopbackUp();
      Links.loopbackUp();
      return true;
    });
    assertThat(inside(() -> Links.find("lo")).orElseThrow().up()).isTrue();
    assertThat(inside(() -> Links.addresses("lo")))
        .contains(new LinkAddress(1, InetAddress.ofLiteral("127.0.0.1"), 8));
  }

  @Test
  void linksAreListedWithWhatTheyAre() throws Exception {
    ip("link", "add", "br7", "address", "02:00:00:00:00:07", "mtu", "1400", "type", "bridge");
    ip("link", "add", "veth-a", "type", "veth", "peer", "name", "veth-b");
    ip("address", "add", "10.7.0.1/24", "dev", "br7");
    ip("address", "add", "fd00::7/64", "dev", "br7");

    assertThat(inside(Links::list))
        .extracting(Link::name)
        .contains("lo", "br7", "veth-a", "veth-b");
    Link bridge = inside(() -> Links.find("br7")).orElseThrow();
    assertThat(bridge.kind()).isEqualTo("bridge");
    assertThat(bridge.mac()).isEqualTo("02:00:00:00:00:07");
    assertThat(bridge.mtu()).isEqualTo(1400);
    assertThat(bridge.up()).isFalse();
    assertThat(inside(() -> Links.addresses("br7")))
        .containsExactlyInAnyOrder(
            new LinkAddress(bridge.index(), InetAddress.ofLiteral("10.7.0.1"), 24),
            new LinkAddress(bridge.index(), InetAddress.ofLiteral("fd00::7"), 64));
    assertThat(inside(() -> Links.addresses("none"))).isEmpty();
  }

  @Test
  void deletingIsIdempotentAndTakesBothEndsOfAVeth() throws Exception {
    ip("link", "add", "veth-a", "type", "veth", "peer", "name", "veth-b");
    assertThat(inside(() -> Links.exists("veth-b"))).isTrue();
    assertThat(inside(() -> Links.delete("veth-a"))).isTrue();
    assertThat(inside(() -> Links.delete("veth-a"))).isFalse();
    assertThat(inside(() -> Links.exists("veth-b"))).isFalse();
    assertThatThrownBy(() -> inside(() -> Links.delete("lo")))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("remove link lo");
  }

  @Test
  void aMissingLinkIsNamed() {
    assertThatThrownBy(() ->
            inside(() -> {
              Links.up("eth7");
              return true;
            }))
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENODEV))
        .hasMessageContaining("eth7");
  }

  @Test
  void trafficIsCounted() throws Exception {
    inside(() -> {
      Links.loopbackUp();
      return true;
    });
    assertThat(inside(Links::stats)).contains(new LinkStats("lo", Direction.NONE, Direction.NONE));
    inside(() -> {
      try (var socket = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"))) {
        byte[] bytes = new byte[1000];
        socket.send(
            new DatagramPacket(
                bytes, bytes.length, socket.getLocalAddress(), socket.getLocalPort()));
      }
      return true;
    });
    LinkStats lo =
        inside(Links::stats).stream().filter(s -> s.name().equals("lo")).findFirst().orElseThrow();
    assertThat(lo.rx().bytes()).isGreaterThanOrEqualTo(1028).isEqualTo(lo.tx().bytes());
    assertThat(lo.rx().packets()).isEqualTo(1).isEqualTo(lo.tx().packets());
    assertThat(lo.rx().errors()).isZero();
    assertThat(lo.rx().dropped()).isZero();
  }

  @Test
  void namesTheKernelCannotHaveAreRefused() {
    for (String name : new String[] {"", "sixteen-letters-", "a/b", "a\0b"}) {
      assertThatIllegalArgumentException().isThrownBy(() -> Links.exists(name));
    }
  }

  @Test
  void theHostHasALoopback() throws Exception {
    assertThat(Links.exists("lo")).isTrue();
  }
}
