package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.output.Table;
import dev.gantry.daemon.DaemonCommandLine;
import dev.gantry.daemon.config.ConfigException;
import dev.gantry.daemon.config.DaemonConfig;
import dev.gantry.daemon.doctor.CgroupCure;
import dev.gantry.daemon.doctor.Check;
import dev.gantry.daemon.doctor.HostChecks;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code gantry doctor}: whether this machine has what a daemon needs, and what to do if not. */
@Command(name = "doctor", description = "Look for what this machine lacks, and say what to do")
final class Doctor implements Callable<Integer> {
  private final Session session;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Look for what a daemon with this configuration needs")
  private @Nullable Path config;

  @Option(
      names = "--fix",
      description =
          "Mount the cgroup v1 hierarchies whose absence keeps crun from working; until the next"
              + " start of the machine")
  private boolean fix;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help")
  @SuppressWarnings("UnusedVariable")
  private boolean help;

  Doctor(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    if (fix) {
      fix();
    }
    List<Check> checks = HostChecks.run(configuration());
    Table table = Table.compact("CHECK", "VERDICT", "FOUND");
    checks.forEach(check -> table.row(check.name(), verdict(check.verdict()), check.found()));
    table.print(session.out());
    advise(checks);
    return checks.stream().anyMatch(c -> c.verdict() == Check.Verdict.FAIL) ? 1 : 0;
  }

  private void advise(List<Check> checks) {
    List<Check> wanting = checks.stream().filter(c -> !c.whatToDo().isEmpty()).toList();
    if (!wanting.isEmpty()) {
      session.out().println();
      session.out().println("What to do:");
      wanting.forEach(c -> session.out().println("  " + c.name() + ": " + c.whatToDo()));
    }
  }

  private DaemonConfig configuration() {
    try {
      return DaemonCommandLine.load(
          config == null ? new String[0] : new String[] {"--config", config.toString()});
    } catch (ConfigException e) {
      throw CliFailure.of("read the daemon's configuration: " + e.getMessage(), e);
    }
  }

  private void fix() {
    try {
      List<String> mounted = CgroupCure.apply();
      session
          .out()
          .println(
              mounted.isEmpty()
                  ? "Nothing to mount: no controller is left on cgroup v2."
                  : "Mounted on cgroup v1: " + String.join(", ", mounted));
      session.out().println();
    } catch (IOException e) {
      throw CliFailure.of("mount cgroup v1 hierarchies: " + e.getMessage(), e);
    }
  }

  // Colours for a person; the width of a cell stays what it looks like.
  private String verdict(Check.Verdict verdict) {
    String word =
        switch (verdict) {
          case OK -> "ok";
          case WARN -> "warning";
          case FAIL -> "missing";
        };
    if (!session.terminal().output()) {
      return word;
    }
    int colour =
        switch (verdict) {
          case OK -> 32;
          case WARN -> 33;
          case FAIL -> 31;
        };
    return "\033[" + colour + "m" + word + "\033[0m";
  }
}
