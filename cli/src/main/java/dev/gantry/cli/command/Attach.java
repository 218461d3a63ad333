package dev.gantry.cli.command;

import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.client.Resolve;
import dev.gantry.cli.terminal.RemoteConsole;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry attach}: shows, and feeds, the first process of a running container. */
@Command(
    name = "attach",
    description = {
      "Attach to a running container",
      "With -i and -t the keys Ctrl-P Ctrl-Q leave it running.",
    })
final class Attach extends CriCommand {
  @Option(
      names = {"-t", "--tty"},
      description = "The container has a terminal")
  private boolean tty;

  @Option(
      names = {"-i", "--stdin"},
      description = "Give it this program's standard input")
  private boolean stdin;

  @Mixin private final TransportOption transport = new TransportOption();

  @Parameters(paramLabel = "CONTAINER-ID", description = "The container")
  private String container = "";

  Attach(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    String id = Resolve.container(client, container);
    String url = Calls.attach(client, id, stdin, tty);
    var wanted =
        new RemoteConsole.Wanted("attach to container " + id, transport.chosen(), stdin, tty, true);
    return new RemoteConsole(session(), wanted).run(url).orElse(0);
  }
}
