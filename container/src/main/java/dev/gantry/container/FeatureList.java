package dev.gantry.container;

import dev.gantry.linux.process.Spawn;
import dev.gantry.oci.OciFormatException;
import dev.gantry.oci.OciJson;
import dev.gantry.oci.runtime.Features;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** What a runtime says of itself by its command {@code features}, which not every one has. */
final class FeatureList {
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private FeatureList() {}

  /** Whether it knows the mount option {@code rro}; empty when it does not tell. */
  static Optional<Boolean> recursiveReadOnly(RuntimeCli cli) throws IOException {
    Spawn.Result result = cli.run(DEADLINE, "features");
    if (!result.success()) {
      return Optional.empty();
    }
    try {
      Features features = OciJson.parse(result.stdout(), Features.class);
      return features.mountOptions().isEmpty()
          ? Optional.empty()
          : Optional.of(features.mountOptions().contains("rro"));
    } catch (OciFormatException noJson) {
      return Optional.empty();
    }
  }
}
