package dev.gantry.cli.output;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;

/** Ages and sizes as crictl words them (the rules of docker/go-units). */
public final class Human {
  private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  private static final BigDecimal THOUSAND = new BigDecimal(1000);
  // How crictl shortens the ids of pods, containers and images.
  private static final int SHORT_ID = 13;

  private Human() {}

  /** How long ago a moment in nanoseconds since 1970 was: {@code About a minute ago}. */
  public static String age(long nanos, Instant now) {
    return duration(Duration.between(instant(nanos), now)) + " ago";
  }

  /** A moment that CRI gives in nanoseconds since 1970. */
  public static Instant instant(long nanos) {
    return Instant.ofEpochSecond(
        Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L));
  }

  /** A length of time in one unit, rounded down. */
  public static String duration(Duration d) {
    long seconds = d.toSeconds();
    long minutes = seconds / 60;
    long hours = Math.round(seconds / 3600.0);
    if (seconds < 1) {
      return "Less than a second";
    } else if (seconds == 1) {
      return "1 second";
    } else if (seconds < 60) {
      return seconds + " seconds";
    } else if (minutes == 1) {
      return "About a minute";
    } else if (minutes < 60) {
      return minutes + " minutes";
    } else if (hours == 1) {
      return "About an hour";
    } else if (hours < 48) {
      return hours + " hours";
    } else if (hours < 24 * 7 * 2) {
      return hours / 24 + " days";
    } else if (hours < 24 * 30 * 2) {
      return hours / 24 / 7 + " weeks";
    } else if (hours < 24 * 365 * 2) {
      return hours / 24 / 30 + " months";
    }
    return seconds / 3600 / 24 / 365 + " years";
  }

  /** A number of bytes in decimal units with four digits: {@code 12.35MB}. */
  public static String size(long bytes) {
    return size(bytes, 4);
  }

  /** A number of bytes in decimal units with so many digits. */
  public static String size(long bytes, int digits) {
    int unit = 0;
    BigDecimal value = new BigDecimal(bytes);
    while (value.compareTo(THOUSAND) >= 0 && unit < UNITS.length - 1) {
      value = value.movePointLeft(3);
      unit++;
    }
    BigDecimal rounded = value.round(new MathContext(digits, RoundingMode.HALF_EVEN));
    String number = rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
    return number + UNITS[unit];
  }

  /** The first 13 characters of an id, which are enough to tell it from others. */
  public static String shortId(String id) {
    return id.length() > SHORT_ID ? id.substring(0, SHORT_ID) : id;
  }

  /** An image's id or digest without {@code sha256:}, shortened. */
  public static String shortDigest(String digest) {
    return shortId(digest.startsWith("sha256:") ? digest.substring("sha256:".length()) : digest);
  }

  /** Whether {@code text} is a digest, as the image of a container that the kubelet made is. */
  public static boolean isDigest(String text) {
    return text.matches("[a-z0-9]+([+._-][a-z0-9]+)*:[0-9a-fA-F]{32,}");
  }

  /** {@code 1 image}, {@code 2 images}. */
  public static String count(long n, String one) {
    return n + " " + one + (n == 1 ? "" : "s");
  }
}
