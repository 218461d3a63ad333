package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.ContainerQuery;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.output.Human;
import dev.gantry.cli.output.Messages;
import dev.gantry.cli.output.OutputFormat;
import dev.gantry.cli.output.Table;
import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ListContainersResponse;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry ps}: lists containers. */
@Command(name = "ps", description = "List containers")
final class Ps extends CriCommand {
  @Mixin private ContainerFilterOptions filter = new ContainerFilterOptions();
  @Mixin private ListOptions list = new ListOptions();

  @Option(
      names = {"-v", "--verbose"},
      description = "Everything that a list says about a container")
  private boolean verbose;

  @Option(
      names = {"-r", "--resolve-image-path"},
      description = "The image's name instead of its id")
  private boolean resolveImage;

  @Parameters(hidden = true)
  private List<String> arguments = List.of();

  Ps(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    if (!arguments.isEmpty()) {
      throw CliFailure.usage("ps takes no argument: " + arguments.getFirst())
          .advise("to choose containers: --id, --name, --pod, --label …");
    }
    List<Container> containers = filter.query().list(client);
    if (list.format != OutputFormat.TABLE) {
      var all = ListContainersResponse.newBuilder().addAllContainers(containers).build();
      out().println(Messages.text(list.format, all));
    } else if (list.quiet) {
      containers.forEach(c -> out().println(c.getId()));
    } else if (verbose) {
      containers.forEach(this::printVerbosely);
    } else {
      printTable(client, containers);
    }
    return 0;
  }

  private void printTable(CriClient client, List<Container> containers) {
    Table table =
        new Table(
            "CONTAINER",
            "IMAGE",
            "CREATED",
            "STATE",
            "NAME",
            "ATTEMPT",
            "POD ID",
            "POD",
            "NAMESPACE");
    Instant now = Instant.now();
    for (Container container : containers) {
      ContainerMetadata metadata = container.getMetadata();
      table.row(
          list.id(container.getId()),
          image(client, container.getImage().getImage()),
          Human.age(container.getCreatedAt(), now),
          state(container.getState()),
          metadata.getName(),
          Integer.toUnsignedString(metadata.getAttempt()),
          list.id(container.getPodSandboxId()),
          container.getLabelsOrDefault(ContainerQuery.POD_NAME, "unknown"),
          container.getLabelsOrDefault(ContainerQuery.POD_NAMESPACE, "unknown"));
    }
    table.print(out());
  }

  // The kubelet creates containers by the id of their image.
  private String image(CriClient client, String image) {
    if (resolveImage) {
      List<String> tags = Calls.imageStatus(client, image, false).getImage().getRepoTagsList();
      return tags.isEmpty() ? image : tags.getFirst();
    }
    return Human.isDigest(image) ? list.digest(image) : image;
  }

  private void printVerbosely(Container container) {
    Fields fields = new Fields(out());
    fields.add("ID", container.getId());
    fields.add("PodID", container.getPodSandboxId());
    fields.add("Namespace", container.getLabelsOrDefault(ContainerQuery.POD_NAMESPACE, "unknown"));
    fields.add("Name", container.getMetadata().getName());
    fields.add("Attempt", Integer.toUnsignedString(container.getMetadata().getAttempt()));
    fields.add("State", state(container.getState()));
    fields.add("Image", container.getImage().getImage());
    fields.add("Created", Human.age(container.getCreatedAt(), Instant.now()));
    fields.add("Labels", container.getLabelsMap());
    fields.add("Annotations", container.getAnnotationsMap());
    out().println();
  }

  static String state(ContainerState state) {
    return switch (state) {
      case CONTAINER_CREATED -> "Created";
      case CONTAINER_RUNNING -> "Running";
      case CONTAINER_EXITED -> "Exited";
      case CONTAINER_UNKNOWN -> "Unknown";
      case UNRECOGNIZED -> "Unrecognized";
    };
  }
}
