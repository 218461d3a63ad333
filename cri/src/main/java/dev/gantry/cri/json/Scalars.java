package dev.gantry.cri.json;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads single values of a tree as a field's type wants them. */
final class Scalars {
  /** No number that fits a field has more digits; beyond it {@link BigDecimal} gets slow. */
  private static final int MAX_NUMBER_LENGTH = 400;

  private static final int SHOWN = 40;

  private Scalars() {}

  static long signed(@Nullable Object value, int bits, String path) {
    return integer(
        value,
        BigInteger.ONE.shiftLeft(bits - 1).negate(),
        BigInteger.ONE.shiftLeft(bits - 1).subtract(BigInteger.ONE),
        path);
  }

  static long unsigned(@Nullable Object value, int bits, String path) {
    return integer(
        value, BigInteger.ZERO, BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE), path);
  }

  /** Takes numbers and strings, also as 1e3 or 5.0, as long as the value is a whole number. */
  private static long integer(
      @Nullable Object value, BigInteger least, BigInteger greatest, String path) {
    BigDecimal number = decimal(value);
    // A number of this size has at most as many digits as its scale says; don't write them out.
    if (number != null && Math.abs((long) number.scale()) <= MAX_NUMBER_LENGTH) {
      BigDecimal whole = number.stripTrailingZeros();
      BigInteger integer = whole.scale() <= 0 ? whole.toBigInteger() : null;
      if (integer != null && integer.compareTo(least) >= 0 && integer.compareTo(greatest) <= 0) {
        return integer.longValue();
      }
    }
    throw new ProtoJsonException(
        path,
        "expected a whole number from " + least + " to " + greatest + ", got " + shown(value));
  }

  static double floating(@Nullable Object value, String path) {
    if (value instanceof Double || value instanceof Float) {
      return ((Number) value).doubleValue();
    }
    if ("NaN".equals(value)) {
      return Double.NaN;
    }
    if ("Infinity".equals(value)) {
      return Double.POSITIVE_INFINITY;
    }
    if ("-Infinity".equals(value)) {
      return Double.NEGATIVE_INFINITY;
    }
    BigDecimal number = decimal(value);
    if (number == null || Double.isInfinite(number.doubleValue())) {
      throw new ProtoJsonException(path, "expected a number, got " + shown(value));
    }
    return number.doubleValue();
  }

  private static @Nullable BigDecimal decimal(@Nullable Object value) {
    if (value instanceof BigDecimal number) {
      return number;
    }
    if (!(value instanceof Number) && !(value instanceof String)) {
      return null;
    }
    String text = value.toString();
    if (text.length() > MAX_NUMBER_LENGTH) {
      return null;
    }
    try {
      return new BigDecimal(text);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  static boolean bool(@Nullable Object value, String path) {
    if (value instanceof Boolean bool) {
      return bool;
    }
    throw new ProtoJsonException(path, "expected true or false, got " + shown(value));
  }

  static String string(@Nullable Object value, String path) {
    if (!(value instanceof String text)) {
      throw new ProtoJsonException(path, "expected a string, got " + shown(value));
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new ProtoJsonException(path, "half of a surrogate pair in " + shown(value));
    }
    return text;
  }

  /** Takes base64 in the standard or the URL alphabet, padded or not. */
  static byte[] bytes(@Nullable Object value, String path) {
    if (value instanceof String text) {
      boolean url = text.indexOf('-') >= 0 || text.indexOf('_') >= 0;
      try {
        return (url ? Base64.getUrlDecoder() : Base64.getDecoder()).decode(text);
      } catch (IllegalArgumentException e) {
        throw new ProtoJsonException(path, "expected base64: " + e.getMessage());
      }
    }
    throw new ProtoJsonException(path, "expected base64, got " + shown(value));
  }

  /** Shows a value in an error, without its whole length. */
  static String shown(@Nullable Object value) {
    return switch (value) {
      case null -> "null";
      case Map<?, ?> map -> "an object";
      case List<?> list -> "a list";
      case String text ->
          '"' + (text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…") + '"';
      default -> {
        String text = value.toString();
        yield text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
      }
    };
  }
}
