package dev.gantry.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The values that carry no state. */
class ValuesTest {
  @ParameterizedTest
  @CsvSource({
    "1000,1000", "10k,10000", "10K,refused", "1M,1000000", "1Mi,1048576", "1.5G,1500000000",
        "2e6,2000000",
    "1P,1000000000000000", "999,refused", "2P,refused", "1e40,refused", "-5M,refused",
        "fast,refused", "'',refused",
    "1Ki,1024"
  })
  void bandwidthIsAQuantity(String text, String bits) throws Exception {
    Map<String, String> annotations = Map.of(Bandwidth.EGRESS, text);
    if (bits.equals("refused")) {
      assertThatThrownBy(() -> Bandwidth.fromAnnotations(annotations))
          .isInstanceOf(NetworkException.BadRequest.class)
          .hasMessageContaining(Bandwidth.EGRESS + "=\"" + text + "\"");
    } else {
      assertThat(Bandwidth.fromAnnotations(annotations).orElseThrow().get("egressRate"))
          .contains(Json.Num.of(Long.parseLong(bits)));
    }
  }

  @Test
  void withoutAnnotationsThereIsNoBandwidth() throws Exception {
    assertThat(Bandwidth.fromAnnotations(Map.of("a", "b"))).isEmpty();
  }

  @RepeatedTest(200)
  void jsonIsReadAsItWasWritten(RepetitionInfo repetition) throws Exception {
    Json.Obj value = object(new Random(repetition.getCurrentRepetition()), 0);

    assertThat(JsonText.parse(JsonText.bytes(value))).isEqualTo(value);
  }

  private static Json.Obj object(Random random, int depth) {
    Map<String, Json> members = new LinkedHashMap<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      members.put(text(random), value(random, depth));
    }
    return new Json.Obj(members);
  }

  private static Json value(Random random, int depth) {
    return switch (random.nextInt(depth > 5 ? 4 : 6)) {
      case 0 -> new Json.Str(text(random));
      case 1 -> new Json.Num(new BigDecimal(random.nextLong()).movePointLeft(random.nextInt(20)));
      case 2 -> new Json.Bool(random.nextBoolean());
      case 3 -> new Json.Null();
      case 4 -> object(random, depth + 1);
      default ->
          new Json.Arr(
              random.ints(random.nextInt(4)).mapToObj(i -> value(random, depth + 1)).toList());
    };
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(8); i > 0; i--) {
      int point = random.nextInt(8) == 0 ? random.nextInt(0xD800) : random.nextInt(128);
      text.appendCodePoint(random.nextInt(16) == 0 ? 0x1F600 : point);
    }
    return text.toString();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{} x",
        "{}{}",
        "{}]",
        "{}]]",
        "{},{}",
        "{},0",
        "{}],[1",
        "{\"a\":1}}",
        "[",
        "{",
        "\"",
        "tru",
        "{\"a\"}"
      })
  void whatIsNotOneObjectIsNoJson(String text) {
    assertThatThrownBy(() -> JsonText.parse(text)).isInstanceOf(JsonText.MalformedException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "2001:db8:0:0:0:0:0:7,2001:db8::7",
    "0:0:0:0:0:0:0:0,::",
    "0:0:0:0:0:0:0:1,::1",
    "fe80:0:0:0:0:0:0:0,fe80::",
    "2001:db8:0:1:0:0:0:1,2001:db8:0:1::1",
    "1:0:2:0:3:0:4:0,1:0:2:0:3:0:4:0",
    "2001:DB8:0:0:1:0:0:1,2001:db8::1:0:0:1",
    "192.0.2.1,192.0.2.1"
  })
  void addressesAreWrittenInCanonicalForm(String text, String canonical) {
    assertThat(IpText.of(InetAddress.ofLiteral(text))).isEqualTo(canonical);
  }

  @Test
  void aMappingOfEveryHostAddressNamesNone() {
    InetAddress any = InetAddress.ofLiteral("0.0.0.0");

    assertThat(new PortMapping(PortMapping.Protocol.TCP, 80, 8080, any).toJson())
        .isEqualTo(new PortMapping(PortMapping.Protocol.TCP, 80, 8080, null).toJson());
  }

  @Test
  void routesOfTheKernelAreRead() {
    assertThat(
            HostAddresses.routes(
                List.of(
                    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
                    "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0",
                    "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0")))
        .containsExactly(Subnet.parse("192.0.2.0/24"));
  }

  @Test
  void subnetsOverlapWhenOneHoldsTheOther() {
    Subnet net = Subnet.parse("10.200.4.0/22");
    assertThat(net.overlaps(Subnet.parse("10.0.0.0/8"))).isTrue();
    assertThat(net.overlaps(Subnet.parse("10.200.7.255/32"))).isTrue();
    assertThat(net.overlaps(Subnet.parse("10.200.8.0/22"))).isFalse();
    assertThat(net.overlaps(Subnet.parse("0.0.0.0/0"))).isTrue();
    assertThat(Subnet.parse("172.31.252.9/22")).hasToString("172.31.252.0/22");
  }

  @Test
  void everySubnetCandidateComesOnceFromWhereverOneStarts() {
    List<Subnet> all = SubnetCandidates.startingAt(-7).toList();

    assertThat(all).hasSize(3888).doesNotHaveDuplicates();
    assertThat(all.subList(0, 3840))
        .allMatch(s ->
            s.overlaps(Subnet.parse("10.192.0.0/10")) || s.overlaps(Subnet.parse("172.24.0.0/13")));
    assertThat(all.subList(3840, 3888)).allMatch(s -> s.overlaps(Subnet.parse("192.168.0.0/16")));
    assertThat(all).noneMatch(s -> s.overlaps(Subnet.parse("10.244.0.0/14")));
  }

  @ParameterizedTest
  @CsvSource({"0,80", "80,0", "70000,80", "80,-1"})
  void aPortOutOfRangeIsRefused(int container, int host) {
    assertThatThrownBy(() -> new PortMapping(PortMapping.Protocol.TCP, container, host, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not between 1 and 65535");
  }
}
