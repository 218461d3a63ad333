package dev.gantry.container;

import dev.gantry.linux.seccomp.SeccompAction;
import dev.gantry.linux.seccomp.SeccompCompiler;
import dev.gantry.linux.seccomp.SeccompProfile;
import dev.gantry.oci.runtime.Linux;
import dev.gantry.oci.runtime.RuntimeSpec;
import dev.gantry.oci.runtime.Seccomp;
import dev.gantry.oci.runtime.SyscallRule;
import java.io.IOException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives crun a seccomp filter that is compiled already, by an annotation that it prefers to the
 * profile in config.json: that saves it 20 to 27 ms for each container. An exec inherits the
 * filter.
 *
 * <p>Each distinct profile is compiled once. The profile stays in config.json for people, and for
 * the runtime's flags.
 */
public final class SeccompAnnotation {
  /** crun(1), "run.oci.seccomp_bpf_data": the filter in base64. */
  static final String NAME = "run.oci.seccomp_bpf_data";

  private static final Logger LOG = LoggerFactory.getLogger(SeccompAnnotation.class);
  private static final int CACHED = 32;
  private static final OnceCache<Seccomp, String> COMPILED = new OnceCache<>(CACHED);

  private SeccompAnnotation() {}

  /**
   * The spec with its profile compiled, or as it is when it has none, when there is no libseccomp,
   * or when somebody else is to be asked about system calls.
   */
  public static RuntimeSpec apply(RuntimeSpec spec) {
    Linux linux = spec.linux();
    Seccomp profile = linux == null ? null : linux.seccomp();
    if (profile == null || profile.listenerPath() != null || !SeccompCompiler.available()) {
      return spec;
    }
    String filter = COMPILED.get(profile, () -> compile(profile));
    if (filter.isEmpty()) {
      return spec;
    }
    Map<String, String> annotations = new LinkedHashMap<>(spec.annotations());
    annotations.put(NAME, filter);
    return new RuntimeSpec(
        spec.ociVersion(),
        spec.process(),
        spec.root(),
        spec.hostname(),
        spec.mounts(),
        spec.hooks(),
        annotations,
        linux);
  }

  /** Empty when it cannot be compiled: then the runtime tries, and says why not. */
  private static String compile(Seccomp profile) {
    try {
      return Base64.getEncoder().encodeToString(SeccompCompiler.compile(neutral(profile)));
    } catch (IOException | IllegalArgumentException e) {
      LOG.debug("seccomp profile cannot be compiled here; it is left to the OCI runtime", e);
      return "";
    }
  }

  private static SeccompProfile neutral(Seccomp profile) {
    return new SeccompProfile(
        SeccompAction.ofOci(profile.defaultAction()),
        profile.defaultErrnoRet(),
        profile.architectures(),
        profile.syscalls().stream().map(SeccompAnnotation::rule).toList());
  }

  private static SeccompProfile.Rule rule(SyscallRule rule) {
    List<SeccompProfile.Arg> args =
        rule.args().stream()
            .map(arg ->
                new SeccompProfile.Arg(
                    arg.index(), arg.value(), arg.valueTwo(), SeccompProfile.Op.ofOci(arg.op())))
            .toList();
    return new SeccompProfile.Rule(
        rule.names(), SeccompAction.ofOci(rule.action()), rule.errnoRet(), args);
  }
}
