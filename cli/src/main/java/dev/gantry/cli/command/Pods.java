package dev.gantry.cli.command;

import dev.gantry.cli.Session;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.output.Human;
import dev.gantry.cli.output.Messages;
import dev.gantry.cli.output.OutputFormat;
import dev.gantry.cli.output.Table;
import dev.gantry.cri.v1.ListPodSandboxResponse;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.cri.v1.PodSandboxState;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code gantry pods}: lists pods. */
@Command(name = "pods", description = "List pods")
final class Pods extends CriCommand {
  @Mixin private PodFilterOptions filter = new PodFilterOptions();
  @Mixin private ListOptions list = new ListOptions();

  @Option(
      names = {"-v", "--verbose"},
      description = "Everything that a list says about a pod")
  private boolean verbose;

  Pods(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    List<PodSandbox> pods = filter.query().list(client);
    if (list.format != OutputFormat.TABLE) {
      var all = ListPodSandboxResponse.newBuilder().addAllItems(pods).build();
      out().println(Messages.text(list.format, all));
    } else if (list.quiet) {
      pods.forEach(p -> out().println(p.getId()));
    } else if (verbose) {
      pods.forEach(this::printVerbosely);
    } else {
      printTable(pods);
    }
    return 0;
  }

  private void printTable(List<PodSandbox> pods) {
    Table table =
        new Table("POD ID", "CREATED", "STATE", "NAME", "NAMESPACE", "ATTEMPT", "RUNTIME");
    Instant now = Instant.now();
    for (PodSandbox pod : pods) {
      PodSandboxMetadata metadata = pod.getMetadata();
      table.row(
          list.id(pod.getId()),
          Human.age(pod.getCreatedAt(), now),
          state(pod.getState()),
          metadata.getName(),
          metadata.getNamespace(),
          Integer.toUnsignedString(metadata.getAttempt()),
          handler(pod));
    }
    table.print(out());
  }

  private void printVerbosely(PodSandbox pod) {
    Fields fields = new Fields(out());
    PodSandboxMetadata metadata = pod.getMetadata();
    fields.add("ID", pod.getId());
    fields.add("Name", metadata.getName());
    fields.add("UID", metadata.getUid());
    fields.add("Namespace", metadata.getNamespace());
    fields.add("Attempt", Integer.toUnsignedString(metadata.getAttempt()));
    fields.add("Status", state(pod.getState()));
    fields.add("Created", Fields.time(pod.getCreatedAt()));
    fields.add("Labels", pod.getLabelsMap());
    fields.add("Annotations", pod.getAnnotationsMap());
    fields.add("Runtime", handler(pod));
    out().println();
  }

  private static String handler(PodSandbox pod) {
    return pod.getRuntimeHandler().isEmpty() ? "(default)" : pod.getRuntimeHandler();
  }

  static String state(PodSandboxState state) {
    return switch (state) {
      case SANDBOX_READY -> "Ready";
      case SANDBOX_NOTREADY -> "NotReady";
      case UNRECOGNIZED -> "Unrecognized";
    };
  }
}
