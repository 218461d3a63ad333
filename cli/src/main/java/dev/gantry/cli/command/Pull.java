package dev.gantry.cli.command;

import dev.gantry.cli.Session;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.PodSandboxConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry pull}: pulls an image from a registry. */
@Command(name = "pull", description = "Pull an image from a registry")
final class Pull extends CriCommand {
  @Mixin private PullOptions options = new PullOptions();

  @Option(
      names = "--pod-config",
      paramLabel = "FILE",
      description = "The pod for which the image is pulled, JSON or YAML")
  private @Nullable Path podConfig;

  @Option(
      names = {"-a", "--annotation"},
      paramLabel = "KEY=VALUE",
      description = "Annotation of the image in the request")
  private List<String> annotations = new ArrayList<>();

  @Parameters(paramLabel = "NAME[:TAG|@DIGEST]", description = "The image")
  private String image = "";

  Pull(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    Optional<PodSandboxConfig> pod = Optional.ofNullable(podConfig).map(ConfigFiles::pod);
    ImageSpec spec =
        ImageSpec.newBuilder()
            .setImage(image)
            .putAllAnnotations(Arguments.pairs("--annotation", annotations))
            .build();
    String reference = options.pull(session(), client, spec, pod);
    out().println(options.quiet() ? reference : "Image is up to date for " + reference);
    return 0;
  }
}
