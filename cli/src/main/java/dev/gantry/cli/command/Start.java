package dev.gantry.cli.command;

import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.client.Resolve;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code gantry start}: starts created containers. */
@Command(name = "start", description = "Start one or more created containers")
final class Start extends CriCommand {
  @Parameters(
      arity = "1..*",
      paramLabel = "CONTAINER-ID",
      description = "Id, beginning of one, or name")
  private List<String> containers = new ArrayList<>();

  Start(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    return each(
        containers,
        container -> {
          Calls.startContainer(client, Resolve.container(client, container));
          out().println(container);
        });
  }
}
