package dev.gantry.oci.runtime;

import dev.gantry.oci.OciFormatException;
import io.avaje.json.JsonReader;
import io.avaje.json.JsonWriter;
import java.math.BigDecimal;
import java.math.BigInteger;

/** Unsigned 64-bit numbers in JSON, kept in a long's bits. */
final class Unsigned {
  private static final int MAX_DIGITS = 20;

  private Unsigned() {}

  static void write(JsonWriter writer, long bits) {
    if (bits >= 0) {
      writer.value(bits);
    } else {
      writer.value(new BigInteger(Long.toUnsignedString(bits)));
    }
  }

  static long read(JsonReader reader) {
    if (reader.isNullValue()) {
      return 0;
    }
    BigDecimal number = reader.readDecimal();
    // Asked first, as writing out 1e1000000000 takes a gigabyte.
    boolean small = number.precision() - number.scale() <= MAX_DIGITS && number.scale() <= 0;
    BigInteger value = small ? number.toBigInteger() : BigInteger.ONE.negate();
    if (value.signum() < 0 || value.bitLength() > Long.SIZE) {
      throw new OciFormatException(number + " is no unsigned 64-bit number");
    }
    return value.longValue();
  }

  static int readInt(JsonReader reader) {
    long value = read(reader);
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw new OciFormatException(Long.toUnsignedString(value) + " is too great");
    }
    return (int) value;
  }
}
