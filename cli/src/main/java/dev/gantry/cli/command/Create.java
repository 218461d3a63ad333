package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.client.Resolve;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.PodSandboxConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry create}: makes a container in a pod. */
@Command(name = "create", description = "Create a new container")
final class Create extends CriCommand {
  @Mixin private PullOptions pull = new PullOptions();

  @Option(names = "--no-pull", description = "Do not pull the image (default)")
  private boolean noPull;

  @Option(names = "--with-pull", description = "Pull the image first")
  private boolean withPull;

  @Option(
      names = {"-T", "--cancel-timeout"},
      paramLabel = "DURATION",
      defaultValue = "0s",
      description = "How long it may take; 0s means as long as it takes")
  private Duration limit = Duration.ZERO;

  @Parameters(index = "0", paramLabel = "POD", description = "Id, beginning of one, or name")
  private String pod = "";

  @Parameters(
      index = "1",
      paramLabel = "CONTAINER-CONFIG",
      description = "The container: a ContainerConfig of CRI, JSON or YAML")
  private Path containerConfig = Path.of("");

  @Parameters(
      index = "2",
      paramLabel = "POD-CONFIG",
      description = "The pod's own configuration, as given to runp")
  private Path podConfig = Path.of("");

  Create(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    if (noPull && withPull) {
      throw CliFailure.usage("--no-pull and --with-pull exclude each other");
    }
    ContainerConfig container = ConfigFiles.container(containerConfig);
    PodSandboxConfig podFile = ConfigFiles.pod(podConfig);
    String podId = Resolve.pod(client, pod);
    if (withPull) {
      pullAll(session(), client, pull, container, podFile);
    }
    out().println(Calls.createContainer(client, podId, container, podFile, limit));
    return 0;
  }

  /** Pulls a container's image and those that it mounts. */
  static void pullAll(
      Session session,
      CriClient client,
      PullOptions pull,
      ContainerConfig container,
      PodSandboxConfig pod) {
    pull.pull(session, client, container.getImage(), Optional.of(pod));
    for (Mount mount : container.getMountsList()) {
      ImageSpec mounted = mount.getImage();
      if (!mounted.getImage().isEmpty()) {
        pull.pull(session, client, mounted, Optional.of(pod));
      }
    }
  }
}
