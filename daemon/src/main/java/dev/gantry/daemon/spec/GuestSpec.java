package dev.gantry.daemon.spec;

import dev.gantry.container.PodSandboxes;
import dev.gantry.oci.runtime.Linux;
import dev.gantry.oci.runtime.RuntimeSpec;
import java.util.Objects;
import java.util.TreeMap;

/** A specification for a container that goes into the sandbox of its pod. */
public final class GuestSpec {
  private GuestSpec() {}

  /**
   * The specification with what names the sandbox.
   *
   * @param ownFilter whether its seccomp filter is one that was asked for by name; the default one
   *     guards a kernel that these containers do not reach
   */
  public static RuntimeSpec of(RuntimeSpec spec, String podId, boolean ownFilter) {
    var annotations = new TreeMap<>(spec.annotations());
    annotations.put(PodSandboxes.CONTAINER_TYPE, "container");
    annotations.put(PodSandboxes.SANDBOX_ID, podId);
    Linux linux = Objects.requireNonNull(spec.linux());
    return spec.toBuilder()
        .annotations(annotations)
        .linux(linux.toBuilder().seccomp(ownFilter ? linux.seccomp() : null).build())
        .build();
  }
}
