package dev.gantry.daemon.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** As net.ParseCIDR of Go has it. */
class CidrTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.1.0.0/16",
        "10.1.0.7/016",
        "0.0.0.0/0",
        "255.255.255.255/32",
        "fd00::/64",
        "::/0",
        "::1/128",
        "1:2:3:4:5:6:7::/112",
        "FD00:1:2:3:4:5:6:7/128",
        "::ffff:10.1.0.0/112"
      })
  void subnetsAre(String text) {
    assertThat(Cidr.isValid(text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/24",
        "10.1.0.0",
        "10.1.0.0/",
        "10.1.0.0/33",
        "10.1.0.0/99",
        "10.1.0.0/-1",
        "10.1.0.0/4294967296",
        "10.1.0.0/24/24",
        "999.1.1.1/24",
        "10.1.0.256/24",
        "10.01.0.0/24",
        "10.1/16",
        "10.1.0.0.0/24",
        "localhost/24",
        "fd00::/129",
        "fd00:::/64",
        "fd00::1::/64",
        "fd000::/64",
        "00001::/64",
        "1:2:3:4:5:6:7/64",
        "1:2:3:4:5:6:7:8:9/64",
        "1:2:3:4::5:6:7:8/64",
        "fe80::1%lo/64",
        "[fd00::]/64",
        "::ffff:10.1.0.256/112",
        "::ffff:10.01.0.0/112",
        "abc/24",
        "::10.1.0/64"
      })
  void otherTextsAreNot(String text) {
    assertThat(Cidr.isValid(text)).isFalse();
  }
}
