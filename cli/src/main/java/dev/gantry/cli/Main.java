package dev.gantry.cli;

import dev.gantry.cli.node.NodeProcess;
import dev.gantry.cli.output.Terminal;
import java.util.Arrays;
import java.util.Map;

/** Where the JVM starts, for the daemon as for every other command. */
public final class Main {
  private Main() {}

  /** Runs the command that {@code args} name and ends the JVM with its exit code. */
  public static void main(String[] args) {
    if (args.length > 0 && args[0].equals("daemon")) {
      // The daemon needs no picocli, so it does not wait for it.
      System.exit(Daemon.run(Arrays.copyOfRange(args, 1, args.length)));
    }
    if (args.length > 0 && args[0].equals("node")) {
      System.exit(NodeProcess.run(Arrays.copyOfRange(args, 1, args.length)));
    }
    if (args.length > 0 && args[0].equals("bench")) {
      System.exit(Benchmarks.run(Arrays.copyOfRange(args, 1, args.length)));
    }
    Map<String, String> environment = System.getenv();
    Terminal terminal = Terminal.ofProcess(environment);
    Session session = new Session(System.in, System.out, System.err, environment, terminal);
    System.exit(GantryCli.run(session, args));
  }
}
