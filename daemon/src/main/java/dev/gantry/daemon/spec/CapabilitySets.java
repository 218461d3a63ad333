package dev.gantry.daemon.spec;

import dev.gantry.cri.v1.Capability;
import dev.gantry.daemon.container.ContainerOptions;
import dev.gantry.daemon.doctor.HostCapabilities;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.oci.OciFormatException;
import dev.gantry.oci.runtime.Capabilities;
import dev.gantry.oci.runtime.DefaultCapabilities;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** A container's capabilities: the default set, with what the request adds and drops. */
public final class CapabilitySets {
  private CapabilitySets() {}

  /**
   * The sets, all in the kernel's order.
   *
   * @throws CallFailure for a name that no kernel knows, or a capability the daemon does not have
   */
  public static Capabilities of(ContainerOptions options, HostCapabilities host)
      throws CallFailure {
    if (options.privileged()) {
      return Capabilities.of(host.names());
    }
    Capability asked = options.security().getCapabilities();
    Set<String> available = new LinkedHashSet<>(host.names());
    List<String> base = DefaultCapabilities.NAMES.stream().filter(available::contains).toList();
    try {
      List<String> set =
          DefaultCapabilities.adjust(
              base, asked.getAddCapabilitiesList(), asked.getDropCapabilitiesList(), available);
      List<String> ambient =
          DefaultCapabilities.adjust(
              List.of(), asked.getAddAmbientCapabilitiesList(), List.of(), available);
      List<String> all = DefaultCapabilities.adjust(set, ambient, List.of(), available);
      requireAvailable(all, available);
      return new Capabilities(all, all, ambient, all, ambient);
    } catch (OciFormatException e) {
      throw CallFailure.invalid("linux.security_context.capabilities: " + e.getMessage());
    }
  }

  private static void requireAvailable(List<String> wanted, Set<String> available)
      throws CallFailure {
    for (String name : wanted) {
      if (!available.contains(name)) {
        throw CallFailure.precondition(
            "linux.security_context.capabilities: "
                + name
                + " cannot be given, the daemon does not have it");
      }
    }
  }
}
