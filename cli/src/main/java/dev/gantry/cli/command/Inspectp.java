package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.client.Resolve;
import dev.gantry.cli.output.OutputFormat;
import dev.gantry.cli.output.StatusDocument;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxStatus;
import dev.gantry.cri.v1.PodSandboxStatusResponse;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code gantry inspectp}: everything about pods. */
@Command(name = "inspectp", description = "Display the status of one or more pods")
final class Inspectp extends CriCommand {
  @Mixin private InspectOptions options = new InspectOptions();
  @Mixin private PodFilterOptions filter = new PodFilterOptions();

  @Parameters(paramLabel = "POD-ID", description = "Id, beginning of one, or name")
  private List<String> pods = new ArrayList<>();

  Inspectp(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    List<String> ids =
        pods.isEmpty()
            ? filter.query().list(client).stream().map(PodSandbox::getId).toList()
            : pods.stream().map(p -> Resolve.pod(client, p)).toList();
    if (ids.isEmpty()) {
      throw CliFailure.of("inspectp: no pod named, and none found by the options");
    }
    List<StatusDocument> documents = new ArrayList<>();
    for (String id : ids) {
      PodSandboxStatusResponse response = Calls.podStatus(client, id, !options.quiet);
      if (options.format == OutputFormat.TABLE) {
        printFields(response);
      } else {
        PodSandboxStatus status = response.getStatus();
        documents.add(
            StatusDocument.of(status, response.getInfoMap())
                .withStatusField("createdAt", StatusDocument.time(status.getCreatedAt())));
      }
    }
    if (options.format != OutputFormat.TABLE) {
      out().println(StatusDocument.print(options.format, documents));
    }
    return 0;
  }

  private void printFields(PodSandboxStatusResponse response) {
    PodSandboxStatus status = response.getStatus();
    Fields fields = new Fields(out());
    fields.add("ID", status.getId());
    fields.add("Name", status.getMetadata().getName());
    fields.add("UID", status.getMetadata().getUid());
    fields.add("Namespace", status.getMetadata().getNamespace());
    fields.add("Attempt", Integer.toUnsignedString(status.getMetadata().getAttempt()));
    fields.add("Status", Pods.state(status.getState()));
    fields.add("Created", Fields.time(status.getCreatedAt()));
    fields.add("IP Addresses", status.getNetwork().getIp());
    status
        .getNetwork()
        .getAdditionalIpsList()
        .forEach(ip -> fields.add("Additional IP", ip.getIp()));
    fields.add("Labels", status.getLabelsMap());
    fields.add("Annotations", status.getAnnotationsMap());
    fields.add("Info", response.getInfoMap());
  }
}
