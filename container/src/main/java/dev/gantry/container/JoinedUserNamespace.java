package dev.gantry.container;

import dev.gantry.oci.runtime.Linux;
import dev.gantry.oci.runtime.Namespace;
import dev.gantry.oci.runtime.RuntimeSpec;
import java.util.List;

/** What each runtime must be told of a user namespace that a container joins. */
final class JoinedUserNamespace {
  private JoinedUserNamespace() {}

  /**
   * The specification for that runtime. runc wants to know the mappings of the namespace. crun must
   * not: it would give its own standard streams to the container's root, and what it reads from is
   * the host's /dev/null.
   */
  static RuntimeSpec apply(RuntimeSpec spec, RuntimeFlavor flavor) {
    Linux linux = spec.linux();
    if (flavor != RuntimeFlavor.CRUN || linux == null || !joins(linux)) {
      return spec;
    }
    return spec.toBuilder()
        .linux(linux.toBuilder().uidMappings(List.of()).gidMappings(List.of()).build())
        .build();
  }

  private static boolean joins(Linux linux) {
    return linux.namespaces().stream()
        .anyMatch(n -> n.type().equals(Namespace.USER) && n.path() != null);
  }
}
