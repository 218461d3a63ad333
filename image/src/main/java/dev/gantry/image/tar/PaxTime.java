package dev.gantry.image.tar;

import java.time.DateTimeException;
import java.time.Instant;

/**
 * Pax times: decimal seconds, perhaps negative, perhaps with a fraction finer than a nanosecond.
 */
final class PaxTime {
  private PaxTime() {}

  static Instant parse(String text, long position) throws TarException {
    try {
      boolean negative = text.startsWith("-");
      String digits = negative ? text.substring(1) : text;
      int dot = digits.indexOf('.');
      String whole = dot < 0 ? digits : digits.substring(0, dot);
      String fraction = dot < 0 ? "" : digits.substring(dot + 1);
      String nanos = (fraction + "000000000").substring(0, 9);
      for (int i = 0; i < fraction.length(); i++) {
        if (fraction.charAt(i) < '0' || fraction.charAt(i) > '9') {
          throw new NumberFormatException();
        }
      }
      long seconds = whole.isEmpty() ? 0 : Long.parseUnsignedLong(whole);
      if (seconds < 0) {
        throw new NumberFormatException();
      }
      long n = Integer.parseInt(nanos);
      return negative ? Instant.ofEpochSecond(-seconds, -n) : Instant.ofEpochSecond(seconds, n);
    } catch (NumberFormatException | DateTimeException e) {
      throw new TarException(position, "pax header: '" + text + "' is not a time");
    }
  }
}
