package dev.gantry.oci.runtime;

import dev.gantry.oci.OciFormatException;
import java.util.Set;

/**
 * A test of one system call argument; the values are unsigned 64-bit numbers.
 *
 * @param op the comparison; for {@code SCMP_CMP_MASKED_EQ} the value is the mask and valueTwo what
 *     the masked argument must be
 */
public record Arg(int index, long value, long valueTwo, String op) {
  private static final Set<String> COMPARISONS =
      Set.of(
          "SCMP_CMP_NE",
          "SCMP_CMP_LT",
          "SCMP_CMP_LE",
          "SCMP_CMP_EQ",
          "SCMP_CMP_GE",
          "SCMP_CMP_GT",
          "SCMP_CMP_MASKED_EQ");

  public Arg {
    if (index < 0 || index > 5) {
      throw new OciFormatException("a system call has no argument " + index);
    }
    if (!COMPARISONS.contains(op)) {
      throw new OciFormatException("unknown seccomp comparison \"" + op + "\"");
    }
  }
}
