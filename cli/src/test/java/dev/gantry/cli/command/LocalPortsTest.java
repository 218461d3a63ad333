package dev.gantry.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cli.CliFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LocalPortsTest {
  private static final LocalPorts.Mapping ANY = new LocalPorts.Mapping(0, 80);

  @ParameterizedTest
  @CsvSource({"80, 80, 80", "8080:80, 8080, 80", ":80, 0, 80", "0:80, 0, 80", "1:65535, 1, 65535"})
  void portsAreWrittenAsForKubectl(String text, int local, int remote) {
    assertThat(LocalPorts.Mapping.of(text)).isEqualTo(new LocalPorts.Mapping(local, remote));
  }

  @ParameterizedTest
  @ValueSource(strings = {"80:", "70000", "0", "x:80", "80:80:80", "", ":", "-1", "70000:80"})
  void portsThatMakeNoSenseAreRefused(String text) {
    assertThatThrownBy(() -> LocalPorts.Mapping.of(text))
        .isInstanceOf(CliFailure.class)
        .hasMessageStartingWith("port-forward: " + text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"example.com", "1.2.3", "256.0.0.1", "nowhere", ""})
  void addressesAreLiteralOrLocalhost(String address) {
    assertThatThrownBy(() -> LocalPorts.listen(List.of("127.0.0.1", address), List.of(ANY)))
        .isInstanceOf(CliFailure.class)
        .hasMessageContaining("--address");
  }

  private static List<String> hosts(LocalPorts ports) {
    return ports.bound().stream().map(b -> b.local().replaceAll(":\\d+$", "")).toList();
  }

  @Test
  void itListensOnEachAddressForEachPort() throws IOException {
    try (LocalPorts ports =
        LocalPorts.listen(
            List.of("127.0.0.7", "::1"), List.of(ANY, new LocalPorts.Mapping(0, 81)))) {
      assertThat(hosts(ports)).containsExactly("127.0.0.7", "[::1]", "127.0.0.7", "[::1]");
      assertThat(ports.bound().stream().map(LocalPorts.Bound::remote))
          .containsExactly(80, 80, 81, 81);
    }
  }

  @Test
  void localhostIsBothLoopbacksWithOnePort() throws IOException {
    int port;
    try (LocalPorts ports = LocalPorts.listen(List.of("localhost"), List.of(ANY))) {
      assertThat(hosts(ports)).containsExactly("127.0.0.1", "[::1]");
      port = ports.bound().getFirst().socket().getLocalPort();
      assertThat(ports.bound().getLast().socket().getLocalPort()).isEqualTo(port);
    }
    // One of them is enough.
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        LocalPorts ports =
            LocalPorts.listen(
                List.of("localhost"), List.of(new LocalPorts.Mapping(taken.getLocalPort(), 80)))) {
      assertThat(hosts(ports)).containsExactly("[::1]");
    }
  }

  @Test
  void aPortThatIsTakenIsSaid() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      assertThatThrownBy(() ->
              LocalPorts.listen(List.of("127.0.0.1"), List.of(new LocalPorts.Mapping(port, 80))))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("127.0.0.1 port " + port);
    }
  }
}
