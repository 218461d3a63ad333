package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.daemon.config.ConfigReference;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry config default}: a configuration file in which every line is the default. */
@Command(name = "config", description = "Print a configuration file with every default")
final class Config implements Callable<Integer> {
  private final Session session;

  @Parameters(paramLabel = "default", description = "What to print; there is only this")
  private String what = "";

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help")
  @SuppressWarnings("UnusedVariable")
  private boolean help;

  Config(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    if (!what.equals("default")) {
      throw CliFailure.usage("config " + what + ": only `gantry config default` can be printed");
    }
    session.out().print(ConfigReference.defaultFile());
    session.out().flush();
    return 0;
  }
}
