package dev.gantry.agent.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
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
}
