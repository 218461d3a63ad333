package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.PodSandboxConfig;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How an image is pulled. */
final class PullOptions {
  @Mixin private Credentials credentials = new Credentials();

  @Option(
      names = {"-pt", "--pull-timeout"},
      paramLabel = "DURATION",
      defaultValue = "${env:CRICTL_PULL_TIMEOUT:-0s}",
      description = "How long a pull may take; 0s means as long as it takes")
  private Duration limit = Duration.ZERO;

  /** Pulls {@code image}, for the pod if one is given; the answer is CRI's image reference. */
  String pull(CriClient client, ImageSpec image, Optional<PodSandboxConfig> pod) {
    if (image.getImage().isEmpty()) {
      throw CliFailure.usage("the name of an image may not be empty");
    }
    return Calls.pull(client, image, credentials.authConfig(), pod, limit);
  }
}
