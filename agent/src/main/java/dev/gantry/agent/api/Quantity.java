package dev.gantry.agent.api;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An amount of a resource, as {@code 100m}, {@code 1.5Gi} or {@code 2e3}: exact down to a
 * billionth, shown in the canonical form of the API server. Two are equal when their amounts are.
 */
public final class Quantity implements Comparable<Quantity> {
  /** Nothing. */
  public static final Quantity ZERO = new Quantity(BigDecimal.ZERO, Format.DecimalSI);

  /** How the suffix is chosen. */
  public enum Format {
    /** n, u, m, none, k, M, G, T, P, E: powers of 1000. */
    DecimalSI,
    /** Ki, Mi, Gi, Ti, Pi, Ei: powers of 1024. */
    BinarySI,
    /** An exponent that is a multiple of three, as in 12e6. */
    DecimalExponent
  }

  private static final int MAX_LENGTH = 64;
  private static final int MAX_EXPONENT = 99;
  private static final Pattern SYNTAX =
      Pattern.compile("([+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+))([a-zA-Z]*)([+-]?[0-9]*)");
  private static final Map<String, Integer> DECIMAL =
      Map.ofEntries(
          Map.entry("n", -9),
          Map.entry("u", -6),
          Map.entry("m", -3),
          Map.entry("", 0),
          Map.entry("k", 3),
          Map.entry("M", 6),
          Map.entry("G", 9),
          Map.entry("T", 12),
          Map.entry("P", 15),
          Map.entry("E", 18));
  private static final String[] DECIMAL_SUFFIXES = {
    "n", "u", "m", "", "k", "M", "G", "T", "P", "E"
  };
  private static final String[] BINARY_SUFFIXES = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
  private static final BigInteger KIBI = BigInteger.valueOf(1024);
  private static final BigDecimal MAX = BigDecimal.valueOf(Long.MAX_VALUE);
  private static final BigDecimal MIN = BigDecimal.valueOf(Long.MIN_VALUE);

  private final BigDecimal amount;
  private final Format format;
  private @Nullable String text;

  private Quantity(BigDecimal amount, Format format) {
    this.amount = amount;
    this.format = format;
  }

  /** A whole number, shown in powers of 1000. */
  public static Quantity of(long value) {
    return new Quantity(BigDecimal.valueOf(value), Format.DecimalSI);
  }

  /** Thousandths, as processors are counted. */
  public static Quantity ofMilli(long thousandths) {
    return new Quantity(BigDecimal.valueOf(thousandths, 3), Format.DecimalSI);
  }

  /** A whole number of bytes, shown in powers of 1024. */
  public static Quantity ofBytes(long bytes) {
    return new Quantity(BigDecimal.valueOf(bytes), Format.BinarySI);
  }

  /**
   * Reads a quantity. What is smaller than a billionth is rounded up, away from zero.
   *
   * @throws IllegalArgumentException saying what is wrong and what forms there are
   */
  public static Quantity parse(String text) {
    Matcher matcher = SYNTAX.matcher(text);
    if (text.length() > MAX_LENGTH || !matcher.matches()) {
      throw invalid(text);
    }
    BigDecimal number = new BigDecimal(trimmed(matcher.group(1)));
    String suffix = matcher.group(2);
    String exponent = matcher.group(3);
    if (exponent.isEmpty()) {
      Integer power = DECIMAL.get(suffix);
      if (power != null) {
        return rounded(number.scaleByPowerOfTen(power), Format.DecimalSI);
      }
      return rounded(number.multiply(binary(text, suffix)), Format.BinarySI);
    }
    if (!suffix.equals("e") && !suffix.equals("E")) {
      throw invalid(text);
    }
    return rounded(number.scaleByPowerOfTen(exponent(text, exponent)), Format.DecimalExponent);
  }

  /** BigDecimal does not read a point with nothing after it. */
  private static String trimmed(String number) {
    return number.endsWith(".") ? number.substring(0, number.length() - 1) : number;
  }

  private static BigDecimal binary(String text, String suffix) {
    for (int i = 1; i < BINARY_SUFFIXES.length; i++) {
      if (BINARY_SUFFIXES[i].equals(suffix)) {
        return new BigDecimal(KIBI.pow(i));
      }
    }
    throw invalid(text);
  }

  private static int exponent(String text, String exponent) {
    try {
      int value = Integer.parseInt(exponent);
      if (Math.abs(value) <= MAX_EXPONENT) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw invalid(text, e);
    }
    throw invalid(text);
  }

  private static IllegalArgumentException invalid(String text) {
    return invalid(text, null);
  }

  private static IllegalArgumentException invalid(String text, @Nullable Exception cause) {
    String shown = text.length() > MAX_LENGTH ? text.substring(0, MAX_LENGTH) + "…" : text;
    return new IllegalArgumentException(
        "\""
            + shown
            + "\" is no quantity: write a number with one of the suffixes"
            + " n u m k M G T P E, Ki Mi Gi Ti Pi Ei or an exponent, as 100m, 1.5Gi or 2e3",
        cause);
  }

  private static Quantity rounded(BigDecimal exact, Format format) {
    BigDecimal amount = exact.scale() > 9 ? exact.setScale(9, RoundingMode.UP) : exact;
    if (format == Format.BinarySI) {
      amount = amount.min(MAX);
      if (amount.signum() > 0 && amount.compareTo(BigDecimal.ONE) < 0) {
        return new Quantity(amount, Format.DecimalSI);
      }
    }
    return new Quantity(amount, format);
  }

  /** How it was written. */
  public Format format() {
    return format;
  }

  /** The exact amount. */
  public BigDecimal amount() {
    return amount;
  }

  /** The amount as a whole number, rounded up and capped to what a long holds. */
  public long value() {
    return capped(amount);
  }

  /** The amount in thousandths, rounded up and capped to what a long holds. */
  public long milliValue() {
    return capped(amount.scaleByPowerOfTen(3));
  }

  private static long capped(BigDecimal value) {
    return value.setScale(0, RoundingMode.UP).min(MAX).max(MIN).longValueExact();
  }

  /** Whether it is nothing. */
  public boolean isZero() {
    return amount.signum() == 0;
  }

  /** −1, 0 or 1. */
  public int signum() {
    return amount.signum();
  }

  /** The sum, shown in this one's form unless this is nothing. */
  public Quantity plus(Quantity other) {
    return new Quantity(amount.add(other.amount), isZero() ? other.format : format);
  }

  /** The difference, shown in this one's form unless this is nothing. */
  public Quantity minus(Quantity other) {
    return new Quantity(amount.subtract(other.amount), isZero() ? other.format : format);
  }

  /** The larger one. */
  public Quantity max(Quantity other) {
    return compareTo(other) >= 0 ? this : other;
  }

  /** This in whole thousandths, rounded up: what the API server keeps of requests and limits. */
  Quantity roundedToMilli() {
    return amount.scale() <= 3 ? this : new Quantity(amount.setScale(3, RoundingMode.UP), format);
  }

  /** How many divisors it takes to reach it, a fraction counting as one. */
  public long dividedBy(Quantity divisor) {
    return capped(amount.divide(divisor.amount, 0, RoundingMode.CEILING));
  }

  @Override
  public int compareTo(Quantity other) {
    return amount.compareTo(other.amount);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Quantity quantity && compareTo(quantity) == 0;
  }

  @Override
  public int hashCode() {
    return amount.stripTrailingZeros().hashCode();
  }

  /** The canonical form: the largest suffix that leaves no fraction. */
  @Override
  public String toString() {
    String known = text;
    if (known == null) {
      known = canonical();
      text = known;
    }
    return known;
  }

  private String canonical() {
    if (isZero()) {
      return "0";
    }
    BigDecimal plain = amount.stripTrailingZeros();
    boolean small = plain.abs().compareTo(new BigDecimal(KIBI)) < 0;
    if (format == Format.BinarySI && !small && plain.scale() <= 0) {
      return binaryForm(plain.toBigIntegerExact());
    }
    int exponent = Math.floorDiv(-plain.scale(), 3) * 3;
    Format shown = format == Format.BinarySI ? Format.DecimalSI : format;
    int top = shown == Format.DecimalSI ? 18 : Integer.MAX_VALUE;
    exponent = Math.min(exponent, top);
    String number = plain.scaleByPowerOfTen(-exponent).toBigIntegerExact().toString();
    if (shown == Format.DecimalSI) {
      return number + DECIMAL_SUFFIXES[exponent / 3 + 3];
    }
    return exponent == 0 ? number : number + "e" + exponent;
  }

  private static String binaryForm(BigInteger whole) {
    BigInteger rest = whole;
    int power = 0;
    while (power < BINARY_SUFFIXES.length - 1 && rest.mod(KIBI).signum() == 0) {
      rest = rest.divide(KIBI);
      power++;
    }
    return rest + BINARY_SUFFIXES[power];
  }
}
