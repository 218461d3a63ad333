package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.CriClient;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** A command that talks to a CRI runtime: connects, runs, disconnects. */
abstract class CriCommand implements Callable<Integer> {
  private final Session session;

  // The global option may also stand behind the command's name, where people tend to add it.
  @Option(names = "--runtime-endpoint", hidden = true, paramLabel = "ENDPOINT")
  private String endpoint = "";

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help")
  @SuppressWarnings("UnusedVariable")
  private boolean help;

  CriCommand(Session session) {
    this.session = session;
  }

  /** Does the command's work; the answer is the exit code. */
  abstract int run(CriClient client);

  final Session session() {
    return session;
  }

  final PrintStream out() {
    return session.out();
  }

  @Override
  public Integer call() {
    if (!endpoint.isEmpty()) {
      session.options().runtimeEndpoint(endpoint);
    }
    try (CriClient client = session.connect()) {
      return run(client);
    }
  }

  /** Does something for each of several objects; one that fails does not keep the others back. */
  final int each(List<String> objects, Consumer<String> action) {
    int exit = 0;
    for (String object : objects) {
      try {
        action.accept(object);
      } catch (CliFailure e) {
        session.report(e);
        exit = e.exitCode();
      }
    }
    return exit;
  }
}
