package dev.gantry.agent.runtime;

import java.util.List;
import java.util.Optional;

/**
 * What a runtime says about itself.
 *
 * @param systemdCgroups the driver of RuntimeConfig, if the runtime knows that call
 * @param recursiveReadOnlyMounts whether the default handler can do them
 * @param notReady reason and message of each condition of Status that is false
 * @param handlers all that pods may name; the default one is the empty name
 * @param userNamespaceHandlers those of them that make user namespaces
 */
public record RuntimeFacts(
    String name,
    String version,
    String apiVersion,
    Optional<Boolean> systemdCgroups,
    boolean recursiveReadOnlyMounts,
    List<String> notReady,
    List<String> handlers,
    List<String> userNamespaceHandlers) {
  public RuntimeFacts {
    notReady = List.copyOf(notReady);
    handlers = List.copyOf(handlers);
    userNamespaceHandlers = List.copyOf(userNamespaceHandlers);
  }
}
