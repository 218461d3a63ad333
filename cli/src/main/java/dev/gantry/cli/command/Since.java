package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Durations;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/**
 * A moment as {@code --since} takes it: a length of time before now ({@code 42m}), a date and time
 * with or without an offset (without: of this machine's zone), or seconds since 1970.
 */
final class Since {
  private static final Pattern UNIX = Pattern.compile("\\d{9,}(\\.\\d{1,9})?");
  private static final List<Function<String, Instant>> FORMS =
      List.of(
          text -> OffsetDateTime.parse(text).toInstant(),
          text -> LocalDateTime.parse(text).atZone(ZoneId.systemDefault()).toInstant(),
          text -> LocalDate.parse(text).atStartOfDay(ZoneId.systemDefault()).toInstant());

  private Since() {}

  static Instant parse(String text, Instant now) {
    if (UNIX.matcher(text).matches()) {
      var seconds = new BigDecimal(text);
      return Instant.ofEpochSecond(
          seconds.longValue(), seconds.remainder(BigDecimal.ONE).movePointRight(9).longValue());
    }
    try {
      return now.minus(Durations.parse(text));
    } catch (TypeConversionException noAge) {
      return FORMS.stream()
          .map(form -> tried(form, text))
          .flatMap(Optional::stream)
          .findFirst()
          .orElseThrow(() ->
              CliFailure.usage(
                  "--since " + text + ": must be a time (2013-01-02T13:23:37) or an age (42m)"));
    }
  }

  private static Optional<Instant> tried(Function<String, Instant> form, String text) {
    try {
      return Optional.of(form.apply(text));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
