package dev.gantry.cli.command;

import dev.gantry.cli.output.Human;
import java.io.PrintStream;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Prints an object field by field, {@code Name: value}; what is empty is left out. */
final class Fields {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSSSSS xx zz", Locale.ROOT)
          .withZone(ZoneId.systemDefault());

  private final PrintStream out;

  Fields(PrintStream out) {
    this.out = out;
  }

  void add(String name, String value) {
    if (!value.isEmpty()) {
      out.println(name + ": " + value);
    }
  }

  void add(String name, Map<String, String> pairs) {
    if (!pairs.isEmpty()) {
      out.println(name + ":");
      new TreeMap<>(pairs).forEach((key, value) -> out.println("\t" + key + " -> " + value));
    }
  }

  /** A moment, in nanoseconds since 1970, in the time zone of this machine. */
  static String time(long nanos) {
    return TIME.format(Human.instant(nanos));
  }
}
