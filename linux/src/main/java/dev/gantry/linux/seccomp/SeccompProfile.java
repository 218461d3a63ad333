package dev.gantry.linux.seccomp;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A seccomp profile as the OCI runtime spec has it (config-linux, "Seccomp"), free of any JSON.
 *
 * @param defaultAction for calls that no rule names
 * @param defaultErrno for a default of ERRNO or TRACE; null means EPERM
 * @param architectures names such as {@code SCMP_ARCH_X86_64}; the native one is always there
 * @param rules in order; the runtimes skip names that libseccomp does not know, and so do we
 */
public record SeccompProfile(
    SeccompAction defaultAction,
    @Nullable Integer defaultErrno,
    List<String> architectures,
    List<Rule> rules) {
  public SeccompProfile {
    architectures = List.copyOf(architectures);
    rules = List.copyOf(rules);
  }

  /**
   * What to do with some calls.
   *
   * @param names of system calls
   * @param action what is done
   * @param errno for ERRNO or TRACE; null means EPERM
   * @param args conditions that must all hold, except that several on one argument make one rule
   *     each, as in runc
   */
  public record Rule(
      List<String> names, SeccompAction action, @Nullable Integer errno, List<Arg> args) {
    public Rule {
      names = List.copyOf(names);
      args = List.copyOf(args);
    }
  }

  /**
   * A condition on one argument of a call.
   *
   * @param index which argument, 0 to 5
   * @param value to compare with; the mask for {@link Op#MASKED_EQ}
   * @param valueTwo what the masked argument must equal
   * @param op how to compare
   */
  public record Arg(int index, long value, long valueTwo, Op op) {
    public Arg {
      if (index < 0 || index > 5) {
        throw new IllegalArgumentException("no system call argument " + index);
      }
    }
  }

  /** How an argument is compared; numbers as in {@code enum scmp_compare}. */
  public enum Op {
    NE(1),
    LT(2),
    LE(3),
    EQ(4),
    GE(5),
    GT(6),
    MASKED_EQ(7);

    private final int code;

    Op(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }

    /**
     * From the OCI name, such as {@code SCMP_CMP_MASKED_EQ}.
     *
     * @throws IllegalArgumentException naming the text, when it is none
     */
    public static Op ofOci(String name) {
      return switch (name) {
        case "SCMP_CMP_NE" -> NE;
        case "SCMP_CMP_LT" -> LT;
        case "SCMP_CMP_LE" -> LE;
        case "SCMP_CMP_EQ" -> EQ;
        case "SCMP_CMP_GE" -> GE;
        case "SCMP_CMP_GT" -> GT;
        case "SCMP_CMP_MASKED_EQ" -> MASKED_EQ;
        default -> throw new IllegalArgumentException("unknown seccomp operator \"" + name + "\"");
      };
    }
  }
}
