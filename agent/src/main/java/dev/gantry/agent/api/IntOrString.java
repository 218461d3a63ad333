package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/**
 * A number or a name, as in the port of a probe.
 *
 * @param number the number, if it is one
 * @param text the text, if it is one
 */
public record IntOrString(@Nullable Integer number, @Nullable String text) {
  public IntOrString {
    if ((number == null) == (text == null)) {
      throw new IllegalArgumentException("exactly one of number and text");
    }
  }

  /** A number. */
  public static IntOrString of(int number) {
    return new IntOrString(number, null);
  }

  /** A text. */
  public static IntOrString of(String text) {
    return new IntOrString(null, text);
  }

  @Override
  public String toString() {
    return text != null ? text : String.valueOf(number);
  }
}
