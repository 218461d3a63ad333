package dev.gantry.image.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NoProxyTest {
  /** Most of these are the cases of Go's httpproxy tests. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "example.com | example.com | 80 | true",
        "example.com | www.example.com | 80 | true",
        "example.com | notexample.com | 80 | false",
        ".example.com | www.example.com | 80 | true",
        ".example.com | example.com | 80 | false",
        "*.example.com | www.example.com | 443 | true",
        "*.example.com | example.com | 443 | false",
        "foo.com, .bar.com | a.bar.com | 80 | true",
        "foo.com, .bar.com | bar.com | 80 | false",
        "EXAMPLE.com | www.example.com | 80 | true",
        "example.com:8080 | example.com | 8080 | true",
        "example.com:8080 | example.com | 80 | false",
        "example.com: | example.com | 80 | false",
        "10.0.0.0/8 | 10.1.2.3 | 80 | true",
        "10.0.0.0/8 | 11.1.2.3 | 80 | false",
        "10.128.0.0/9 | 10.127.2.3 | 80 | false",
        "10.0.0.0/33 | 10.0.0.0 | 80 | false",
        "10.0.0.0/8 | ten.example | 80 | false",
        "fd00::/8 | fd12::1 | 80 | true",
        "fd00::/8 | fe80::1 | 80 | false",
        "192.168.1.1 | 192.168.1.1 | 80 | true",
        "192.168.1.1 | 192.168.1.10 | 80 | false",
        "192.168.1.1:5000 | 192.168.1.1 | 5000 | true",
        "192.168.1.1:5000 | 192.168.1.1 | 80 | false",
        "[2001:db8::52:0:1] | 2001:db8::52:0:1 | 80 | true",
        "2001:db8::52:0:1 | 2001:db8::52:0:1 | 443 | true",
        "[2001:db8::52:0:2]:443 | 2001:db8::52:0:2 | 443 | true",
        "[2001:db8::52:0:2]:443 | 2001:db8::52:0:2 | 80 | false",
        "::ffff:10.0.0.1 | 10.0.0.1 | 80 | true",
        "* | anything.example | 80 | true",
        "', ,' | anything.example | 80 | false",
        "'a b, ., *., :80, []:1' | anything.example | 80 | false",
      })
  void hostsAreMatchedAsGoDoes(String list, String host, int port, boolean expected) {
    assertThat(new NoProxy(list).matches(host, port)).isEqualTo(expected);
  }

  @Test
  void nonsenseIsNeverAnError() {
    var random = new Random(7);
    String letters = "ab.:/*[]%,10 é-";
    for (int i = 0; i < 20_000; i++) {
      var text = new StringBuilder();
      for (int n = random.nextInt(20); n > 0; n--) {
        text.append(letters.charAt(random.nextInt(letters.length())));
      }
      boolean all =
          java.util.Arrays.stream(text.toString().split(",", -1))
              .anyMatch(p -> p.strip().equals("*"));
      assertThat(new NoProxy(text.toString()).matches("zzz.example", 1))
          .as(text.toString())
          .isEqualTo(all);
    }
  }

  @Test
  void variablesOfEitherCaseSayWhichProxy() throws Exception {
    Proxies upper = Proxies.from(Map.of("HTTPS_PROXY", "http://u%40x:p%3Aw@proxy.example:3128"));
    assertThat(upper.choose(true, "registry.example", 443))
        .isEqualTo(new Proxy(Proxy.Kind.HTTP, "proxy.example", 3128, "u@x", "p:w", "HTTPS_PROXY"));
    assertThat(upper.choose(false, "registry.example", 80)).isNull();
    Proxies lower =
        Proxies.from(Map.of("http_proxy", "proxy.example", "no_proxy", "r.example,10.0.0.0/8"));
    assertThat("" + lower.choose(false, "x.example", 80))
        .isEqualTo("proxy http://proxy.example:80 (HTTP_PROXY)");
    assertThat(lower.choose(false, "r.example", 80)).isNull();
    assertThat(lower.choose(false, "10.9.9.9", 80)).isNull();
  }

  @Test
  void whatIsOnThisMachineNeverGoesThroughAProxy() throws Exception {
    Proxies all = Proxies.from(Map.of("HTTP_PROXY", "http://p.example"));
    for (String host : new String[] {"localhost", "a.localhost", "127.0.0.1", "127.9.9.9", "::1"}) {
      assertThat(all.choose(false, host, 5000)).as(host).isNull();
    }
    assertThat(all.choose(false, "128.0.0.1", 5000)).isNotNull();
  }

  @Test
  void aProxyThatIsNoneIsNamedWithoutItsPassword() {
    for (String bad :
        new String[] {"socks4://u:secret@p.example", "http://u:secret@", "::secret::"}) {
      Proxies proxies = Proxies.from(Map.of("HTTP_PROXY", bad));
      assertThatThrownBy(() -> proxies.choose(false, "r.example", 80))
          .isInstanceOf(ProxyException.class)
          .hasMessageContaining("HTTP_PROXY")
          .hasMessageNotContaining("secret");
    }
  }
}
