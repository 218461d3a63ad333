package dev.gantry.agent.manifest;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an unquoted word of YAML is to kubectl, which reads YAML 1.1 as Go's yaml does: {@code yes}
 * and {@code on} are true, {@code 0777} is octal, {@code 1_000} a thousand, and {@code 12:30} a
 * text.
 */
final class Scalars {
  private static final Set<String> TRUE =
      Set.of("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON");
  private static final Set<String> FALSE =
      Set.of("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF");
  private static final Set<String> NULL = Set.of("", "~", "null", "Null", "NULL");
  private static final Pattern INTEGER =
      Pattern.compile("([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))");
  private static final Pattern DECIMAL =
      Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?");
  private static final int MAX_DIGITS = 64;

  private Scalars() {}

  /** A Boolean, a BigDecimal, a String, or null. */
  static @Nullable Object resolve(String text) {
    if (NULL.contains(text)) {
      return null;
    }
    if (TRUE.contains(text)) {
      return true;
    }
    if (FALSE.contains(text)) {
      return false;
    }
    char first = text.charAt(0);
    boolean maybeNumber = (first >= '0' && first <= '9') || "+-.".indexOf(first) >= 0;
    if (!maybeNumber || text.length() > MAX_DIGITS) {
      return text;
    }
    BigDecimal number = number(first == '.' ? text : text.replace("_", ""));
    return number == null ? text : number;
  }

  private static @Nullable BigDecimal number(String text) {
    Matcher integer = INTEGER.matcher(text);
    if (integer.matches()) {
      int[] radix = {16, 2, 8, 10};
      for (int i = 0; i < radix.length; i++) {
        String digits = integer.group(i + 2);
        if (digits != null) {
          return new BigDecimal(new BigInteger(integer.group(1) + digits, radix[i]));
        }
      }
    }
    if (!DECIMAL.matcher(text).matches()) {
      return null;
    }
    return new BigDecimal(text.endsWith(".") ? text + "0" : text.replaceAll("\\.([eE])", ".0$1"));
  }
}
