package dev.gantry.cli.command;

import dev.gantry.cli.Session;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Option;

/** A command about the pods of a node. */
abstract class NodeCommand implements Callable<Integer> {
  private final Session session;

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      defaultValue = "default",
      description = "Namespace; default ${DEFAULT-VALUE}")
  private String namespace = "default";

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help")
  @SuppressWarnings("UnusedVariable")
  private boolean help;

  NodeCommand(Session session) {
    this.session = session;
  }

  /** Does the command's work; the answer is the exit code. */
  abstract int run();

  final Session session() {
    return session;
  }

  final PrintStream out() {
    return session.out();
  }

  final String namespace() {
    return namespace;
  }

  @Override
  public final Integer call() {
    return run();
  }
}
