package dev.gantry.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cli.CliFailure;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunOptionsTest {
  @ParameterizedTest
  @CsvSource({
    "8080:80, '', 8080, 80, TCP",
    "80, '', 80, 80, TCP",
    "5353:53/udp, '', 5353, 53, UDP",
    "127.0.0.1:8080:80, 127.0.0.1, 8080, 80, TCP",
    "[::1]:8080:80/sctp, ::1, 8080, 80, SCTP",
  })
  void portsAreRead(String text, String ip, int host, int container, String protocol) {
    var port = RunOptions.port(text);
    assertThat(port.getHostIp()).isEqualTo(ip);
    assertThat(port.getHostPort()).isEqualTo(host);
    assertThat(port.getContainerPort()).isEqualTo(container);
    assertThat(port.getProtocol().name()).isEqualTo(protocol);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ":80", "a:b", "80/icmp", "0:80", "65536:80", "8080:80:", "999999999"})
  void wrongPortsAreRefused(String text) {
    assertThatThrownBy(() -> RunOptions.port(text))
        .isInstanceOf(CliFailure.class)
        .hasMessageStartingWith("--publish " + text + ": ");
  }
}
