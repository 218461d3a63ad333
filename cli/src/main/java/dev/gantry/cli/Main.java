package dev.gantry.cli;

import java.io.Console;
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
    if (args.length > 0 && args[0].equals("bench")) {
      System.exit(Benchmarks.run(Arrays.copyOfRange(args, 1, args.length)));
    }
    Map<String, String> environment = System.getenv();
    Session session = new Session(System.out, System.err, environment, Main::isTerminal);
    System.exit(GantryCli.run(session, args));
  }

  @SuppressWarnings("SystemConsoleNull") // JDK 25 went back to null where there is no terminal
  private static boolean isTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}
