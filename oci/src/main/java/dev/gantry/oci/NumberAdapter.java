package dev.gantry.oci;

import io.avaje.json.JsonAdapter;
import io.avaje.json.JsonReader;
import io.avaje.json.JsonWriter;
import java.math.BigDecimal;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads whole numbers exactly, where the library's own adapters let an exponent wrap around: they
 * take {@code 1e100} for 0.
 */
final class NumberAdapter<N extends Number> implements JsonAdapter<N> {
  private final Function<BigDecimal, N> exact;
  private final @Nullable N absent;

  private NumberAdapter(Function<BigDecimal, N> exact, @Nullable N absent) {
    this.exact = exact;
    this.absent = absent;
  }

  /** Reads a long; null is the given value, as in Go, or null itself. */
  static NumberAdapter<Long> ofLong(@Nullable Long absent) {
    return new NumberAdapter<>(BigDecimal::longValueExact, absent);
  }

  /** Reads an int; null is the given value, as in Go, or null itself. */
  static NumberAdapter<Integer> ofInt(@Nullable Integer absent) {
    return new NumberAdapter<>(BigDecimal::intValueExact, absent);
  }

  @Override
  public void toJson(JsonWriter writer, @Nullable N value) {
    if (value == null) {
      writer.nullValue();
    } else {
      writer.value(value.longValue());
    }
  }

  @Override
  public @Nullable N fromJson(JsonReader reader) {
    if (reader.isNullValue()) {
      return absent;
    }
    BigDecimal number = reader.readDecimal();
    try {
      return exact.apply(number);
    } catch (ArithmeticException e) {
      throw new OciFormatException(number + " is no whole number in range", e);
    }
  }
}
