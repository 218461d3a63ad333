package dev.gantry.daemon.imageservice;

import dev.gantry.cri.v1.AuthConfig;
import dev.gantry.image.Credentials;

/** What a request says about who asks a registry. */
final class AuthConfigs {
  private AuthConfigs() {}

  static Credentials credentials(AuthConfig auth) {
    return new Credentials(
        auth.getUsername(),
        auth.getPassword(),
        auth.getAuth(),
        auth.getServerAddress(),
        auth.getIdentityToken(),
        auth.getRegistryToken());
  }
}
