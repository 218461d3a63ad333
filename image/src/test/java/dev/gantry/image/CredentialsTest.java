package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class CredentialsTest {
  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void userAndAuthGiveTheSame() {
    assertThat(Credentials.of("u", "p").basic()).isEqualTo(base64("u:p"));
    assertThat(new Credentials("", "", base64("u:p\0\0"), "", "", "").basic())
        .isEqualTo(base64("u:p"));
    assertThat(Credentials.NONE.basic()).isEmpty();
  }

  @Test
  void aServerAddressKeepsThemFromOtherHosts() {
    var c = new Credentials("u", "p", "", "https://registry.example:5000/v1/", "", "");
    assertThat(c.forHost("registry.example:5000")).isEqualTo(c);
    assertThat(c.forHost("mirror.example")).isEqualTo(Credentials.NONE);
    var hub = new Credentials("u", "p", "", "https://index.docker.io/v1/", "", "");
    assertThat(hub.forHost("registry-1.docker.io")).isEqualTo(hub);
  }

  @Test
  void theTextShowsNoSecret() {
    var c = new Credentials("user", "geheim", base64("user:geheim"), "", "idtoken", "regtoken");
    assertThat(c.toString()).doesNotContain("geheim", "idtoken", "regtoken", c.auth());
  }
}
