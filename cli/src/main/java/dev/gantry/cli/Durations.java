package dev.gantry.cli;

import java.time.Duration;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/** Lengths of time as Go programs take them, {@code 1m30s}; a number alone means seconds. */
public final class Durations {
  private static final Pattern PART =
      Pattern.compile("(\\d+(?:\\.\\d*)?|\\.\\d+)(ns|us|µs|ms|s|m|h)");
  private static final Pattern WHOLE = Pattern.compile("(?:" + PART.pattern() + ")+");
  private static final Pattern SECONDS = Pattern.compile("\\d+(\\.\\d+)?");
  private static final Map<String, Double> NANOS =
      Map.of("ns", 1.0, "us", 1e3, "µs", 1e3, "ms", 1e6, "s", 1e9, "m", 60e9, "h", 3600e9);

  private Durations() {}

  /**
   * Reads a length of time.
   *
   * @throws TypeConversionException when it is none
   */
  public static Duration parse(String text) {
    String parts = SECONDS.matcher(text).matches() ? text + "s" : text;
    if (!WHOLE.matcher(parts).matches()) {
      throw new TypeConversionException("'" + text + "' is no length of time such as 10s or 1m30s");
    }
    double nanos = 0;
    for (MatchResult part : PART.matcher(parts).results().toList()) {
      nanos += Double.parseDouble(part.group(1)) * NANOS.getOrDefault(part.group(2), 0.0);
    }
    return Duration.ofNanos((long) nanos);
  }
}
