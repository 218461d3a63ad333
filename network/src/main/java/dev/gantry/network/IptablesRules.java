package dev.gantry.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes away what the CNI plug-ins bridge, ptp and portmap leave in iptables' nat table.
 *
 * <p>Rules of a pod carry a comment with the network's name and the pod's id
 * (containernetworking/plugins pkg/utils.FormatComment), so they are told from everybody else's.
 * Changes are made in one iptables-restore, which is one transaction of the kernel: a chain that
 * somebody has begun to use meanwhile makes the whole of it fail, and nothing happens.
 */
final class IptablesRules {
  private static final Logger log = LoggerFactory.getLogger(IptablesRules.class);
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final Pattern JUMP = Pattern.compile("-j (CNI-[A-Za-z0-9-]+)");

  /**
   * The chains that all port mappings of a host share; portmap makes them and never removes them.
   */
  private static final String ENTRY = "CNI-HOSTPORT-DNAT";

  private static final List<String> SHARED =
      List.of(ENTRY, "CNI-HOSTPORT-SETMARK", "CNI-HOSTPORT-MASQ");

  private final PluginRunner runner;

  IptablesRules(PluginRunner runner) {
    this.runner = runner;
  }

  /**
   * Removes the rules of one pod in one network, for a DEL that could not see the pod's namespace
   * any more.
   */
  void removePod(String network, String podId) {
    removeCommented("name: \\\"" + network + "\\\" id: \\\"" + podId + "\\\"");
  }

  /** Removes the rules of all pods in a network. */
  void removeNetwork(String network) {
    removeCommented("name: \\\"" + network + "\\\" id: \\\"");
  }

  /** Removes the shared chains of port mappings when no mapping of anybody is left. */
  void removeUnusedHostPorts() {
    for (String family : List.of("iptables", "ip6tables")) {
      List<String> rules = save(family);
      boolean present = rules.stream().anyMatch(line -> line.startsWith(":" + ENTRY + " "));
      boolean used = rules.stream().anyMatch(line -> line.startsWith("-A " + ENTRY + " "));
      // A portmap that is just starting may have made sure of the chains and not yet used them.
      if (present && !used && !isRunning("portmap")) {
        restore(family, withoutShared(rules));
      }
    }
  }

  private static List<String> withoutShared(List<String> rules) {
    List<String> changes = new ArrayList<>();
    Set<String> chains = new LinkedHashSet<>();
    for (String line : rules) {
      for (String chain : SHARED) {
        if (line.startsWith("-A ") && line.endsWith(" -j " + chain)) {
          changes.add("-D " + line.substring(3));
        } else if (line.startsWith(":" + chain + " ")) {
          chains.add(chain);
        }
      }
    }
    // The entry chain is not flushed: if it has become used, its removal is to fail.
    chains.stream().filter(chain -> !chain.equals(ENTRY)).forEach(c -> changes.add("-F " + c));
    chains.forEach(chain -> changes.add("-X " + chain));
    return changes;
  }

  private void removeCommented(String comment) {
    for (String family : List.of("iptables", "ip6tables")) {
      List<String> changes = new ArrayList<>();
      Set<String> chains = new LinkedHashSet<>();
      for (String line : save(family)) {
        Matcher jump = JUMP.matcher(line);
        // The rules inside a pod's own chain go with the chain.
        if (line.startsWith("-A ") && line.contains(comment) && jump.find()) {
          changes.add("-D " + line.substring(3));
          chains.add(jump.group(1));
        }
      }
      chains.removeAll(SHARED);
      chains.forEach(chain -> changes.add("-F " + chain));
      chains.forEach(chain -> changes.add("-X " + chain));
      restore(family, changes);
    }
  }

  /** The nat table's lines; none where the program is missing or the kernel has no such table. */
  private List<String> save(String family) {
    return run(family + "-save", List.of("-t", "nat"), "")
        .map(text -> text.lines().toList())
        .orElse(List.of());
  }

  private void restore(String family, List<String> changes) {
    if (!changes.isEmpty()) {
      String input = "*nat\n" + String.join("\n", changes) + "\nCOMMIT\n";
      run(family + "-restore", List.of("-w", "5", "--noflush"), input);
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
      log.info("{} {}: exit code {}: {}", path.get(), args, outcome.exitCode(), outcome.stderr());
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

  private static boolean isRunning(String program) {
    return ProcessHandle.allProcesses()
        .flatMap(process -> process.info().command().stream())
        .anyMatch(command -> command.endsWith("/" + program));
  }
}
