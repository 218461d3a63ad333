package dev.gantry.cli;

import dev.gantry.cli.command.Commands;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Reads a command line and runs the command that it names. */
@Command(
    name = "gantry",
    description = "A Kubernetes container runtime and node agent.%n",
    synopsisSubcommandLabel = "COMMAND",
    versionProvider = GantryCli.Version.class,
    footer = {
      "",
      "`gantry COMMAND --help` tells more. Where crictl has a command, the one here has its options.",
    })
public final class GantryCli implements Runnable {
  // Held, because a logger without a holder forgets its level.
  private static final Logger ROOT_LOGGER = Logger.getLogger("");

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help")
  @SuppressWarnings("UnusedVariable")
  private boolean help;

  @Option(
      names = {"-v", "--version"},
      versionHelp = true,
      description = "Show the version of this program")
  @SuppressWarnings("UnusedVariable")
  private boolean version;

  @Spec private CommandSpec spec = CommandSpec.create();
  private final Session session;

  private GantryCli(Session session) {
    this.session = session;
  }

  /** Runs the command of {@code args}; the answer is the exit code of the process. */
  public static int run(Session session, String... args) {
    // What libraries log is no output of a command.
    ROOT_LOGGER.setLevel(Level.OFF);
    CommandLine line = new CommandLine(new GantryCli(session));
    line.addMixin("global", session.options());
    Commands.addTo(line, session, args);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.registerConverter(Duration.class, Durations::parse);
    line.setOut(writer(session.out()));
    line.setErr(writer(session.err()));
    line.setExecutionExceptionHandler((e, at, result) -> report(session, e));
    line.setParameterExceptionHandler((e, a) -> misused(session, e));
    try {
      return line.execute(args);
    } finally {
      session.out().flush();
    }
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, stream.charset());
  }

  private static int report(Session session, Exception e) throws Exception {
    if (e instanceof CliFailure failure) {
      session.report(failure);
      return failure.exitCode();
    }
    throw e;
  }

  private static int misused(Session session, ParameterException e) {
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    session.err().println("gantry: " + e.getMessage());
    var hints = writer(session.err());
    if (!CommandLine.UnmatchedArgumentException.printSuggestions(e, hints)) {
      hints.println("  see " + command + " --help");
    }
    return 2;
  }

  /** Without a command: what there is. */
  @Override
  public void run() {
    spec.commandLine().usage(session.out());
  }

  /** The version as picocli prints it. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"gantry " + GantryVersion.current()};
    }
  }
}
