package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.client.Resolve;
import dev.gantry.cli.output.Human;
import dev.gantry.cli.output.OutputFormat;
import dev.gantry.cli.output.StatusDocument;
import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.cri.v1.ContainerStatusResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code gantry inspect}: everything about containers. */
@Command(name = "inspect", description = "Display the status of one or more containers")
final class Inspect extends CriCommand {
  @Mixin private InspectOptions options = new InspectOptions();
  @Mixin private ContainerFilterOptions filter = new ContainerFilterOptions();

  @Parameters(paramLabel = "CONTAINER-ID", description = "Id, beginning of one, or name")
  private List<String> containers = new ArrayList<>();

  Inspect(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    List<String> ids =
        containers.isEmpty()
            ? filter.query().list(client).stream().map(Container::getId).toList()
            : containers.stream().map(c -> Resolve.container(client, c)).toList();
    if (ids.isEmpty()) {
      throw CliFailure.of("inspect: no container named, and none found by the options")
          .advise("without --all only running ones are looked at");
    }
    List<StatusDocument> documents = new ArrayList<>();
    for (String id : ids) {
      ContainerStatusResponse response = Calls.containerStatus(client, id, !options.quiet);
      if (options.format == OutputFormat.TABLE) {
        printFields(response);
      } else {
        documents.add(document(response));
      }
    }
    if (options.format != OutputFormat.TABLE) {
      out().println(StatusDocument.print(options.format, documents));
    }
    return 0;
  }

  private static StatusDocument document(ContainerStatusResponse response) {
    ContainerStatus status = response.getStatus();
    boolean started = status.getState() != ContainerState.CONTAINER_CREATED;
    boolean finished =
        status.getState() == ContainerState.CONTAINER_EXITED
            || (status.getState() == ContainerState.CONTAINER_UNKNOWN
                && status.getFinishedAt() > 0);
    return StatusDocument.of(status, response.getInfoMap())
        .withStatusField("createdAt", StatusDocument.time(status.getCreatedAt()))
        .withStatusField(
            "startedAt",
            started ? StatusDocument.time(status.getStartedAt()) : StatusDocument.NEVER)
        .withStatusField(
            "finishedAt",
            finished ? StatusDocument.time(status.getFinishedAt()) : StatusDocument.NEVER);
  }

  private void printFields(ContainerStatusResponse response) {
    ContainerStatus status = response.getStatus();
    Fields fields = new Fields(out());
    Instant now = Instant.now();
    fields.add("ID", status.getId());
    fields.add("Name", status.getMetadata().getName());
    fields.add("Attempt", Integer.toUnsignedString(status.getMetadata().getAttempt()));
    fields.add("State", Ps.state(status.getState()));
    fields.add("Reason", status.getReason());
    fields.add("Message", status.getMessage());
    fields.add("Image", status.getImage().getImage());
    fields.add("Created", Human.age(status.getCreatedAt(), now));
    if (status.getState() != ContainerState.CONTAINER_CREATED) {
      fields.add("Started", Human.age(status.getStartedAt(), now));
    }
    if (status.getState() == ContainerState.CONTAINER_EXITED) {
      fields.add(
          "Finished", status.getFinishedAt() > 0 ? Human.age(status.getFinishedAt(), now) : "");
      fields.add("Exit Code", String.valueOf(status.getExitCode()));
    }
    fields.add("Log", status.getLogPath());
    fields.add("Labels", status.getLabelsMap());
    fields.add("Annotations", status.getAnnotationsMap());
    fields.add("Info", response.getInfoMap());
  }
}
