package dev.gantry.oci.runtime;

import dev.gantry.oci.Values;
import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The container's process, or one that is run in a container. */
@Json
@SuppressWarnings("JavaLangClash") // the specification's own name
public record Process(
    boolean terminal,
    @Nullable ConsoleSize consoleSize,
    User user,
    List<String> args,
    List<String> env,
    String cwd,
    @Nullable Capabilities capabilities,
    List<Rlimit> rlimits,
    boolean noNewPrivileges,
    @Nullable String apparmorProfile,
    @Nullable Integer oomScoreAdj,
    @Nullable String selinuxLabel) {
  public Process {
    user = Values.required(user, "user");
    args = Values.list(args);
    env = Values.list(env);
    cwd = Values.required(cwd, "cwd");
    rlimits = Values.list(rlimits);
    apparmorProfile = Values.blankToNull(apparmorProfile);
    selinuxLabel = Values.blankToNull(selinuxLabel);
  }
}
