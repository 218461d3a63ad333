package dev.gantry.daemon.imageservice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.gantry.cri.v1.AuthConfig;
import dev.gantry.image.Credentials;
import org.junit.jupiter.api.Test;

/** Every field of a request's credentials reaches the registry's client. */
class AuthConfigsTest {
  @Test
  void everyFieldIsHandedOn() {
    var auth =
        AuthConfig.newBuilder()
            .setUsername("me")
            .setPassword("secret")
            .setAuth("bWU6b3RoZXI=")
            .setServerAddress("registry.example")
            .setIdentityToken("refresh")
            .setRegistryToken("bearer")
            .build();
    assertThat(AuthConfigs.credentials(auth))
        .isEqualTo(
            new Credentials(
                "me", "secret", "bWU6b3RoZXI=", "registry.example", "refresh", "bearer"));
    assertThat(AuthConfigs.credentials(AuthConfig.getDefaultInstance()).isEmpty()).isTrue();
  }

  @Test
  void whatIsNoAuthIsRefusedWithoutShowingIt() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> AuthConfigs.credentials(AuthConfig.newBuilder().setAuth("no-base-64!").build()))
        .withMessageNotContaining("no-base-64!");
  }
}
