package dev.gantry.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The host's iptables programs. Failures are logged and read as "nothing there": what is done here
 * is tidying, which must not keep a pod from ending.
 */
final class Iptables {
  private static final Logger log = LoggerFactory.getLogger(Iptables.class);
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final PluginRunner runner;

  /** Which addresses. */
  enum Family {
    IPV4("iptables"),
    IPV6("ip6tables");

    private final String program;

    Family(String program) {
      this.program = program;
    }
  }

  Iptables(PluginRunner runner) {
    this.runner = runner;
  }

  /**
   * The lines of chains as {@code iptables -S} prints them; a chain that does not exist has none.
   * Whole tables are not read, as those of a cluster's node can be megabytes.
   */
  List<String> chains(Family family, String table, List<String> chains) {
    List<String> lines = new ArrayList<>();
    for (String chain : chains) {
      run(family.program, List.of("-w", "5", "-t", table, "-S", chain), "")
          .ifPresent(text -> lines.addAll(text.lines().toList()));
    }
    return lines;
  }

  /**
   * Makes all of these changes or, when one of them is impossible, none: it is one transaction of
   * the kernel.
   */
  void change(Family family, String table, List<String> changes) {
    if (!changes.isEmpty()) {
      String input = "*" + table + "\n" + String.join("\n", changes) + "\nCOMMIT\n";
      run(family.program + "-restore", List.of("-w", "5", "--noflush"), input);
    }
  }

  private Optional<String> run(String program, List<String> args, String stdin) {
    Optional<Path> path = find(program);
    if (path.isEmpty()) {
      return Optional.empty();
    }
    try {
      PluginRunner.Outcome outcome =
          runner.run(
              new PluginRunner.Call(
                  path.get(),
                  args,
                  Map.of("PATH", PluginProtocol.path(), "LC_ALL", "C"),
                  stdin,
                  DEADLINE));
      if (outcome.exitCode() == 0 && !outcome.truncated() && !outcome.timedOut()) {
        return Optional.of(outcome.stdout());
      }
      log.debug("{} {}: exit code {}: {}", path.get(), args, outcome.exitCode(), outcome.stderr());
    } catch (IOException e) {
      log.info("{} cannot be run: {}", path.get(), e.toString());
    }
    return Optional.empty();
  }

  private static Optional<Path> find(String program) {
    for (String dir : PluginProtocol.path().split(":", -1)) {
      Path path = Path.of(dir).resolve(program);
      if (path.isAbsolute() && Files.isExecutable(path)) {
        return Optional.of(path);
      }
    }
    return Optional.empty();
  }
}
