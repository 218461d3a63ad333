package dev.gantry.cli.e2e;

import dev.gantry.testkit.Registry;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** What {@code kubectl create secret docker-registry} makes of a login. */
final class Login {
  private Login() {}

  /** The value of {@code .dockerconfigjson}, in base64. */
  static String dockerConfig(String host) {
    String json =
        "{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}"
            .formatted(host, base64(Registry.USER + ":" + Registry.PASSWORD));
    return base64(json);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
