package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.client.PodQuery;
import dev.gantry.cli.client.Resolve;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxState;
import dev.gantry.cri.v1.PodSandboxStatus;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry rmp}: removes pods. */
@Command(name = "rmp", description = "Remove one or more pods")
final class Rmp extends CriCommand {
  @Option(
      names = {"-f", "--force"},
      description = "Stop a pod that is running first")
  private boolean force;

  @Option(
      names = {"-a", "--all"},
      description = "Remove all pods")
  private boolean all;

  @Parameters(paramLabel = "POD-ID", description = "Id, beginning of one, or name")
  private List<String> pods = new ArrayList<>();

  Rmp(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    if (all) {
      List<String> ids =
          PodQuery.everything("").list(client).stream().map(PodSandbox::getId).toList();
      if (ids.isEmpty()) {
        session().err().println("No pods to remove");
      }
      return each(ids, id -> remove(client, id));
    }
    if (pods.isEmpty()) {
      throw CliFailure.usage("rmp needs the id of a pod, or --all");
    }
    return each(pods, pod -> remove(client, Resolve.pod(client, pod)));
  }

  private void remove(CriClient client, String id) {
    PodSandboxStatus pod = Calls.podStatus(client, id, false).getStatus();
    if (pod.getState() == PodSandboxState.SANDBOX_READY) {
      if (!force) {
        throw CliFailure.of("remove pod " + id + ": it is running")
            .advise("stop it first with `gantry stopp`, or remove it with --force");
      }
      Calls.stopPod(client, id);
      out().println("Stopped sandbox " + id);
    }
    Calls.removePod(client, id);
    RunLogs.removeOf(pod.getMetadata().getUid(), pod.getMetadata().getName());
    out().println("Removed sandbox " + id);
  }
}
