package dev.gantry.cli.command;

import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry runp}: makes and starts a pod. */
@Command(name = "runp", description = "Run a new pod")
final class Runp extends CriCommand {
  @Option(
      names = {"-r", "--runtime"},
      paramLabel = "HANDLER",
      description = "The runtime handler, one of those that `gantry info` lists")
  private String handler = "";

  @Option(
      names = {"-T", "--cancel-timeout"},
      paramLabel = "DURATION",
      defaultValue = "0s",
      description = "How long it may take; 0s means as long as it takes")
  private Duration limit = Duration.ZERO;

  @Parameters(
      paramLabel = "POD-CONFIG",
      description = "The pod: a PodSandboxConfig of CRI, JSON or YAML")
  private Path config = Path.of("");

  Runp(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    out().println(Calls.runPod(client, ConfigFiles.pod(config), handler, limit));
    return 0;
  }
}
