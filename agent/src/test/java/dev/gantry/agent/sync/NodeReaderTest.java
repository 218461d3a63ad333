package dev.gantry.agent.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.linux.namespace.PodNamespaces;
import dev.gantry.testkit.TestNames;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NodeReaderTest {
  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 192.0.2.1",
    "fd00:0:0:0:0:0:0:2, fd00::2",
    "2001:db8:0:1:0:0:0:1, 2001:db8:0:1::1",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "0:0:0:1:0:0:0:0, 0:0:0:1::",
    "1:0:0:2:0:0:3:4, 1::2:0:0:3:4"
  })
  void addressesAreWrittenAsEverywhere(String address, String text) throws Exception {
    assertThat(NodeReader.text(InetAddress.getByName(address))).isEqualTo(text);
  }

  /** In a network of its own. */
  @Test
  void theNodesAddressIsThatOfItsWayOut() throws Exception {
    String name = TestNames.link();
    ip("netns add " + name);
    try {
      Path netns = Path.of("/run/netns", name);
      assertThat(addresses(netns)).as("not even loopback is up").containsExactly("127.0.0.1");
      String in = "-n " + name + " ";
      ip(in + "link set lo up");
      ip(in + "link add pods type bridge");
      ip(in + "addr add 10.1.0.1/24 dev pods");
      ip(in + "link set pods up");
      assertThat(addresses(netns)).as("a bridge to pods").containsExactly("127.0.0.1");
      ip(in + "link add net type veth peer name other");
      ip(in + "addr add 192.0.2.7/24 dev net");
      ip(in + "addr add fd00::7/64 dev net nodad");
      ip(in + "link set net up");
      assertThat(addresses(netns)).containsExactly("192.0.2.7", "fd00::7");
      ip(in + "link add lan type bridge");
      ip(in + "addr add 198.51.100.7/24 dev lan");
      ip(in + "link set lan up");
      ip(in + "route add default via 198.51.100.1");
      assertThat(addresses(netns)).as("a bridge that leads out").containsExactly("198.51.100.7");
    } finally {
      ip("netns delete " + name);
    }
  }

  private static List<String> addresses(Path netns) throws Exception {
    return PodNamespaces.inNetwork(netns, NodeReader::addresses);
  }

  private static void ip(String arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments.split(" ", -1)));
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor()).as(arguments).isZero();
  }
}
