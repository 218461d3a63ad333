package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.ContainerQuery;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.client.Resolve;
import dev.gantry.cri.v1.Container;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry stop}: stops containers. */
@Command(name = "stop", description = "Stop one or more running containers")
final class Stop extends CriCommand {
  @Option(
      names = {"-t", "--timeout"},
      paramLabel = "SECONDS",
      defaultValue = "0",
      description = "How long a container may take before it is killed (default: 0, at once)")
  private long grace;

  @Option(
      names = {"-a", "--all"},
      description = "Stop all running containers")
  private boolean all;

  @Parameters(paramLabel = "CONTAINER-ID", description = "Id, beginning of one, or name")
  private List<String> containers = new ArrayList<>();

  Stop(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    if (all && !containers.isEmpty()) {
      throw CliFailure.usage("--all and the id of a container exclude each other");
    }
    if (!all && containers.isEmpty()) {
      throw CliFailure.usage("stop needs the id of a container, or --all");
    }
    return each(
        all ? running(client) : containers,
        container -> {
          Calls.stopContainer(client, Resolve.container(client, container), grace);
          out().println(container);
        });
  }

  private static List<String> running(CriClient client) {
    var query = new ContainerQuery("", "", "", "", "running", Map.of(), "", false, 0);
    return query.list(client).stream().map(Container::getId).toList();
  }
}
