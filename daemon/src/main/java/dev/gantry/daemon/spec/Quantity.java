package dev.gantry.daemon.spec;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Amounts as Kubernetes writes them: {@code 64Mi}, {@code 50M}, {@code 1.5Gi}, {@code 1e3}. */
public final class Quantity {
  private static final Pattern FORM =
      Pattern.compile("(\\d{1,18}(?:\\.\\d{1,9})?)(?:([KMGTPE]i)|([kMGTPE])|[eE](\\d{1,2}))?");
  private static final String BINARY = "KMGTPE";
  private static final String DECIMAL = "kMGTPE";

  private Quantity() {}

  /** The amount, rounded up to a whole one; empty when the text is none, or is too large. */
  public static OptionalLong parse(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      return OptionalLong.empty();
    }
    BigDecimal amount = new BigDecimal(parts.group(1));
    if (parts.group(2) != null) {
      int power = BINARY.indexOf(parts.group(2).charAt(0)) + 1;
      amount = amount.multiply(BigDecimal.valueOf(1L << (10 * power)));
    } else if (parts.group(3) != null) {
      amount = amount.scaleByPowerOfTen(3 * (DECIMAL.indexOf(parts.group(3)) + 1));
    } else if (parts.group(4) != null) {
      amount = amount.scaleByPowerOfTen(Integer.parseInt(parts.group(4)));
    }
    BigDecimal whole = amount.setScale(0, RoundingMode.CEILING);
    return whole.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0
        ? OptionalLong.empty()
        : OptionalLong.of(whole.longValueExact());
  }
}
