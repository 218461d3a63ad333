package dev.gantry.agent.runtime;

import java.util.List;
import java.util.Optional;

/**
 * What a runtime says about itself.
 *
 * @param systemdCgroups the driver of RuntimeConfig, if the runtime knows that call
 * @param recursiveReadOnlyMounts whether the default handler can do them
 * @param notReady reason and message of each condition of Status that is false
 */
public record RuntimeFacts(
    String name,
    String version,
    String apiVersion,
    Optional<Boolean> systemdCgroups,
    boolean recursiveReadOnlyMounts,
    List<String> notReady,
    List<String> handlers) {
  public RuntimeFacts {
    notReady = List.copyOf(notReady);
    handlers = List.copyOf(handlers);
  }
}
