package dev.gantry.cli.command;

import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.client.Resolve;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code gantry stopp}: stops pods. */
@Command(name = "stopp", description = "Stop one or more running pods")
final class Stopp extends CriCommand {
  @Parameters(arity = "1..*", paramLabel = "POD-ID", description = "Id, beginning of one, or name")
  private List<String> pods = new ArrayList<>();

  Stopp(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    return each(
        pods,
        pod -> {
          String id = Resolve.pod(client, pod);
          Calls.stopPod(client, id);
          out().println("Stopped sandbox " + id);
        });
  }
}
