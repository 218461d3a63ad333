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

  /** Starts from a process that runs these arguments as root in /, with nothing else set. */
  public static Builder builder(List<String> args) {
    return new Builder().args(args);
  }

  /** Starts from this. */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.terminal = terminal;
    builder.consoleSize = consoleSize;
    builder.user = user;
    builder.args = args;
    builder.env = env;
    builder.cwd = cwd;
    builder.capabilities = capabilities;
    builder.rlimits = rlimits;
    builder.noNewPrivileges = noNewPrivileges;
    builder.apparmorProfile = apparmorProfile;
    builder.oomScoreAdj = oomScoreAdj;
    builder.selinuxLabel = selinuxLabel;
    return builder;
  }

  /** Collects what a process is made of. */
  public static final class Builder {
    private boolean terminal;
    private @Nullable ConsoleSize consoleSize;
    private User user = User.ROOT;
    private List<String> args = List.of();
    private List<String> env = List.of();
    private String cwd = "/";
    private @Nullable Capabilities capabilities;
    private List<Rlimit> rlimits = List.of();
    private boolean noNewPrivileges;
    private @Nullable String apparmorProfile;
    private @Nullable Integer oomScoreAdj;
    private @Nullable String selinuxLabel;

    private Builder() {}

    public Builder terminal(boolean value) {
      terminal = value;
      return this;
    }

    public Builder consoleSize(@Nullable ConsoleSize value) {
      consoleSize = value;
      return this;
    }

    public Builder user(User value) {
      user = value;
      return this;
    }

    public Builder args(List<String> value) {
      args = value;
      return this;
    }

    public Builder env(List<String> value) {
      env = value;
      return this;
    }

    public Builder cwd(String value) {
      cwd = value;
      return this;
    }

    public Builder capabilities(@Nullable Capabilities value) {
      capabilities = value;
      return this;
    }

    public Builder rlimits(List<Rlimit> value) {
      rlimits = value;
      return this;
    }

    public Builder noNewPrivileges(boolean value) {
      noNewPrivileges = value;
      return this;
    }

    public Builder apparmorProfile(@Nullable String value) {
      apparmorProfile = value;
      return this;
    }

    public Builder oomScoreAdj(@Nullable Integer value) {
      oomScoreAdj = value;
      return this;
    }

    public Builder selinuxLabel(@Nullable String value) {
      selinuxLabel = value;
      return this;
    }

    public Process build() {
      return new Process(
          terminal,
          consoleSize,
          user,
          args,
          env,
          cwd,
          capabilities,
          rlimits,
          noNewPrivileges,
          apparmorProfile,
          oomScoreAdj,
          selinuxLabel);
    }
  }
}
