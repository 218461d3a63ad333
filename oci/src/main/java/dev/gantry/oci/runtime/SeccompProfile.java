package dev.gantry.oci.runtime;

import dev.gantry.oci.OciFormatException;
import dev.gantry.oci.OciJson;
import dev.gantry.oci.Values;
import io.avaje.jsonb.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A seccomp profile as people write it: with rules that depend on the container's capabilities, the
 * architecture and the kernel. {@link #filter} turns it into what an OCI runtime reads.
 *
 * @see <a href="https://docs.docker.com/engine/security/seccomp/">the format, as Docker documents
 *     it</a>
 */
@Json
public record SeccompProfile(
    String defaultAction,
    @Nullable Integer defaultErrnoRet,
    List<String> architectures,
    List<ArchMapEntry> archMap,
    List<String> flags,
    @Nullable String listenerPath,
    @Nullable String listenerMetadata,
    List<ProfileRule> syscalls) {

  private static final Set<String> ACTIONS =
      Set.of(
          Seccomp.ALLOW,
          Seccomp.ERRNO,
          "SCMP_ACT_KILL",
          "SCMP_ACT_KILL_THREAD",
          "SCMP_ACT_KILL_PROCESS",
          "SCMP_ACT_TRAP",
          "SCMP_ACT_TRACE",
          "SCMP_ACT_LOG",
          "SCMP_ACT_NOTIFY");

  public SeccompProfile {
    defaultAction = known(Values.required(defaultAction, "defaultAction"));
    architectures = Values.list(architectures);
    archMap = Values.list(archMap);
    flags = Values.list(flags);
    listenerPath = Values.blankToNull(listenerPath);
    listenerMetadata = Values.blankToNull(listenerMetadata);
    syscalls = Values.list(syscalls);
    if (!architectures.isEmpty() && !archMap.isEmpty()) {
      throw new OciFormatException("both \"architectures\" and \"archMap\" are given");
    }
    if (listenerPath == null
        && syscalls.stream().anyMatch(rule -> rule.action().equals("SCMP_ACT_NOTIFY"))) {
      throw new OciFormatException("SCMP_ACT_NOTIFY needs a \"listenerPath\"");
    }
  }

  /** The 32-bit architectures that are filtered along with a 64-bit one. */
  @Json
  public record ArchMapEntry(String architecture, List<String> subArchitectures) {
    public ArchMapEntry {
      architecture = Values.required(architecture, "architecture");
      subArchitectures = Values.list(subArchitectures);
    }
  }

  /** When a rule counts, or does not. */
  @Json
  public record Condition(List<String> caps, List<String> arches, @Nullable String minKernel) {
    public Condition {
      caps = Values.list(caps);
      arches = Values.list(arches);
      minKernel = Values.blankToNull(minKernel);
      if (minKernel != null) {
        KernelVersion.parse(minKernel);
      }
    }
  }

  /** A rule and the conditions it depends on. */
  @Json
  public record ProfileRule(
      List<String> names,
      @Nullable String name,
      String action,
      @Nullable Integer errnoRet,
      List<Arg> args,
      @Nullable Condition includes,
      @Nullable Condition excludes) {
    public ProfileRule {
      names = Values.list(names);
      name = Values.blankToNull(name);
      if ((name == null) == names.isEmpty()) {
        throw new OciFormatException("a rule needs either \"names\" or \"name\"");
      }
      names = name == null ? names : List.of(name);
      name = null;
      action = known(Values.required(action, "action"));
      args = Values.list(args);
    }
  }

  /** Reads a profile; throws {@link OciFormatException} saying what of it is wrong. */
  public static SeccompProfile parse(byte[] json) {
    return OciJson.parse(json, SeccompProfile.class);
  }

  /**
   * Returns the rules that hold for a container with these capabilities.
   *
   * @param capabilities the bounding set, such as {@code CAP_SYS_ADMIN}
   * @param goArch the architecture in Go's name, as {@code Platform.arch()} gives it
   */
  public Seccomp filter(Set<String> capabilities, String goArch, KernelVersion kernel) {
    List<SyscallRule> rules = new ArrayList<>(syscalls.size());
    for (ProfileRule rule : syscalls) {
      Condition includes = rule.includes();
      Condition excludes = rule.excludes();
      if ((includes == null || all(includes, capabilities, goArch, kernel))
          && (excludes == null || !any(excludes, capabilities, goArch, kernel))) {
        rules.add(new SyscallRule(rule.names(), rule.action(), rule.errnoRet(), rule.args()));
      }
    }
    return new Seccomp(
        defaultAction,
        defaultErrnoRet,
        architectures(goArch),
        flags,
        listenerPath,
        listenerMetadata,
        rules);
  }

  private List<String> architectures(String goArch) {
    String name = SeccompArch.nameOf(goArch);
    for (ArchMapEntry entry : archMap) {
      if (entry.architecture().equals(name)) {
        List<String> all = new ArrayList<>(entry.subArchitectures());
        all.addFirst(entry.architecture());
        return all;
      }
    }
    return architectures;
  }

  private static boolean all(
      Condition condition, Set<String> capabilities, String goArch, KernelVersion kernel) {
    return capabilities.containsAll(condition.caps())
        && (condition.arches().isEmpty() || isFor(condition, goArch))
        && (condition.minKernel() == null || isSince(condition.minKernel(), kernel));
  }

  private static boolean any(
      Condition condition, Set<String> capabilities, String goArch, KernelVersion kernel) {
    return condition.caps().stream().anyMatch(capabilities::contains)
        || isFor(condition, goArch)
        || (condition.minKernel() != null && isSince(condition.minKernel(), kernel));
  }

  private static boolean isFor(Condition condition, String goArch) {
    return condition.arches().contains(goArch)
        || condition.arches().contains(SeccompArch.inProfiles(goArch));
  }

  private static boolean isSince(String minKernel, KernelVersion kernel) {
    return kernel.compareTo(KernelVersion.parse(minKernel)) >= 0;
  }

  private static String known(String action) {
    if (!ACTIONS.contains(action)) {
      throw new OciFormatException("unknown seccomp action \"" + action + "\"");
    }
    return action;
  }
}
