package dev.gantry.container;

import dev.gantry.oci.runtime.RuntimeSpec;
import java.util.List;

/**
 * Keeps annotations out of config.json that make a runtime do things on the host: crun's {@code
 * run.oci.*} write host files and switch seccomp off, runc's {@code org.systemd.property.*} set
 * properties of systemd units.
 */
final class Annotations {
  private static final List<String> REFUSED = List.of("run.oci.", "org.systemd.property.");

  private Annotations() {}

  /**
   * Refuses a spec that carries such an annotation.
   *
   * @throws RuntimeFailure INVALID naming it
   */
  static void check(RuntimeSpec spec) throws RuntimeFailure {
    for (String name : spec.annotations().keySet()) {
      if (REFUSED.stream().anyMatch(name::startsWith)) {
        throw new RuntimeFailure(
            RuntimeFailure.Kind.INVALID,
            "annotation \"" + name + "\" is refused: it would instruct the OCI runtime");
      }
    }
  }
}
