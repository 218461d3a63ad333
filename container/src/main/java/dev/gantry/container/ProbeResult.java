package dev.gantry.container;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether a handler's runtime works on this host.
 *
 * @param handler the CRI's name for it
 * @param found what the runtime is, or null when it does not run at all
 * @param problem why containers cannot be run with it and what to do about it, or null when they
 *     can
 */
public record ProbeResult(String handler, @Nullable RuntimeInfo found, @Nullable String problem) {
  /** The runtime, if containers can be run with it. */
  public Optional<RuntimeInfo> working() {
    return problem == null ? Optional.ofNullable(found) : Optional.empty();
  }
}
