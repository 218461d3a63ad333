package dev.gantry.daemon.spec;

import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.oci.runtime.Root;
import dev.gantry.oci.runtime.RuntimeSpec;
import java.util.HashMap;
import java.util.Map;

/**
 * Makes a container's OCI runtime specification.
 *
 * @see <a href="https://github.com/opencontainers/runtime-spec/blob/v1.0.2/config.md">runtime-spec,
 *     configuration</a>
 */
public final class SpecGenerator {
  private SpecGenerator() {}

  /**
   * The specification for that input; equal inputs give equal specifications.
   *
   * @throws CallFailure that names the field which cannot be honoured
   */
  public static RuntimeSpec generate(SpecInput in) throws CallFailure {
    boolean readOnly = in.options().security().getReadonlyRootfs();
    return new RuntimeSpec(
        RuntimeSpec.VERSION,
        ProcessSpec.of(in),
        new Root(in.rootfs().toString(), readOnly),
        null,
        MountSpec.of(in),
        null,
        annotations(in),
        LinuxSpec.of(in));
  }

  /**
   * The annotations that the handler's configuration lets through; no other reaches the runtime.
   */
  private static Map<String, String> annotations(SpecInput in) {
    var given = new HashMap<>(in.options().pod().config().getAnnotationsMap());
    given.putAll(in.options().config().getAnnotationsMap());
    return AnnotationNames.kept(given, in.allowedAnnotations());
  }
}
