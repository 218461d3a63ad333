package dev.gantry.image.registry;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/** What to do about a refusal, in brackets behind it. */
final class Advice {
  private Advice() {}

  static String unauthorized(Keyring.Found found, RegistryHost host) {
    return found.credentials().isEmpty()
        ? " ("
            + found.source()
            + "; if the image exists, give the pod an imagePullSecret or add"
            + " the host to auth.json)"
        : " (with "
            + found.source()
            + "; check them, and that they may read "
            + host.repository()
            + ")";
  }

  static String notFound(URI asked) {
    return asked.getPath() != null && asked.getPath().contains("/manifests/")
        ? " (check the image's name and tag)"
        : "";
  }

  static String tooMany(Optional<Duration> wait) {
    return wait.isPresent()
        ? " (try again in " + wait.get().toSeconds() + " s, or log in for a higher limit)"
        : " (try again later, or log in for a higher limit)";
  }
}
