package dev.gantry.cri.json;

/**
 * How a message is printed.
 *
 * @param defaults also print fields that are not set: scalars with their default, lists and maps
 *     empty, messages as null
 * @param indented one line for each value, two spaces for each level; otherwise all on one line
 * @param redacted print what the contract marks {@code debug_redact} as {@code "<redacted>"}
 */
public record PrintOptions(boolean defaults, boolean indented, boolean redacted) {
  /** Set fields only, on one line. */
  public static final PrintOptions COMPACT = new PrintOptions(false, false, false);

  /** What {@code crictl -o json} shows: all fields, indented. */
  public static final PrintOptions FULL = new PrintOptions(true, true, false);

  /** For logs: set fields only, on one line, without secrets. */
  public static final PrintOptions LOG = new PrintOptions(false, false, true);
}
