package dev.gantry.network;

import dev.gantry.network.Iptables.Family;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes away what the CNI plug-ins bridge, ptp and portmap leave in iptables, and lets the built-in
 * bridge's packets through a host that drops them.
 *
 * <p>Rules of a pod carry a comment with the network's name and the pod's id
 * (containernetworking/plugins pkg/utils.FormatComment), so they are told from everybody else's.
 */
final class IptablesRules {
  private static final Pattern JUMP = Pattern.compile("-j (CNI-[A-Za-z0-9-]+)");
  private static final String NAT = "nat";
  private static final String FILTER = "filter";

  /**
   * The chains that all port mappings of a host share; portmap makes them and never removes them.
   */
  private static final String ENTRY = "CNI-HOSTPORT-DNAT";

  private static final List<String> SHARED =
      List.of(ENTRY, "CNI-HOSTPORT-SETMARK", "CNI-HOSTPORT-MASQ");

  private final Iptables iptables;

  IptablesRules(PluginRunner runner) {
    this.iptables = new Iptables(runner);
  }

  /**
   * Removes the rules of one pod in one network, for a DEL that could not see the pod's namespace
   * any more.
   */
  void removePod(String network, String podId) {
    removeCommented("name: \\\"" + network + "\\\" id: \\\"" + podId + "\\\"");
  }

  /** Removes the rules of all pods in a network, and its own. */
  void removeNetwork(String network) {
    removeCommented("name: \\\"" + network + "\\\" id: \\\"");
    List<String> changes =
        iptables.chains(Family.IPV4, FILTER, List.of("FORWARD")).stream()
            .filter(line -> line.startsWith("-A ") && line.contains(comment(network)))
            .map(line -> "-D " + line.substring(3))
            .toList();
    iptables.change(Family.IPV4, FILTER, changes);
  }

  private void removeCommented(String comment) {
    for (Family family : Family.values()) {
      List<String> changes = new ArrayList<>();
      Set<String> chains = new LinkedHashSet<>();
      for (String line : iptables.chains(family, NAT, List.of("POSTROUTING", ENTRY))) {
        Matcher jump = JUMP.matcher(line);
        if (line.startsWith("-A ") && line.contains(comment) && jump.find()) {
          changes.add("-D " + line.substring(3));
          chains.add(jump.group(1));
        }
      }
      chains.removeAll(SHARED);
      chains.forEach(chain -> changes.add("-F " + chain));
      chains.forEach(chain -> changes.add("-X " + chain));
      iptables.change(family, NAT, changes);
    }
  }

  /** Removes the shared chains of port mappings when no mapping of anybody is left. */
  void removeUnusedHostPorts() {
    for (Family family : Family.values()) {
      List<String> entry = iptables.chains(family, NAT, List.of(ENTRY));
      boolean present = entry.contains("-N " + ENTRY);
      boolean used = entry.stream().anyMatch(line -> line.startsWith("-A "));
      // A portmap that is just starting may have made sure of the chains and not yet used them.
      if (present && !used && !isRunning("portmap")) {
        iptables.change(family, NAT, withoutShared(family));
      }
    }
  }

  private List<String> withoutShared(Family family) {
    List<String> users = List.of("PREROUTING", "OUTPUT", "POSTROUTING");
    List<String> changes = new ArrayList<>();
    for (String line : iptables.chains(family, NAT, users)) {
      if (line.startsWith("-A ")
          && SHARED.stream().anyMatch(chain -> line.endsWith(" -j " + chain))) {
        changes.add("-D " + line.substring(3));
      }
    }
    List<String> chains =
        SHARED.stream()
            .filter(chain -> !iptables.chains(family, NAT, List.of(chain)).isEmpty())
            .toList();
    // The entry chain is not flushed: if it has come into use, its removal is to fail, and all of
    // this with it.
    chains.stream().filter(chain -> !chain.equals(ENTRY)).forEach(c -> changes.add("-F " + c));
    chains.forEach(chain -> changes.add("-X " + chain));
    return changes;
  }

  private static boolean isRunning(String program) {
    return ProcessHandle.allProcesses()
        .flatMap(process -> process.info().command().stream())
        .anyMatch(command -> command.endsWith("/" + program));
  }

  /**
   * Lets a bridge's packets pass where the host drops what it forwards by default, as Docker makes
   * it do: all that comes from the pods, and to them answers and port mappings.
   */
  void allowForwarding(String bridge, String network) {
    List<String> forward = iptables.chains(Family.IPV4, FILTER, List.of("FORWARD"));
    String comment = comment(network);
    boolean allowed = forward.stream().anyMatch(line -> line.contains(comment));
    if (forward.contains("-P FORWARD DROP") && !allowed) {
      String match = " -m comment --comment " + comment + " ";
      iptables.change(
          Family.IPV4,
          FILTER,
          List.of(
              "-I FORWARD 1 -i " + bridge + match + "-j ACCEPT",
              "-I FORWARD 1 -o "
                  + bridge
                  + " -m conntrack --ctstate RELATED,ESTABLISHED,DNAT"
                  + match
                  + "-j ACCEPT"));
    }
  }

  private static String comment(String network) {
    return "\"forward for " + network + "\"";
  }
}
