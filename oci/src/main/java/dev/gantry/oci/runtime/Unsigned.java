package dev.gantry.oci.runtime;

import dev.gantry.oci.OciFormatException;
import io.avaje.json.JsonReader;
import io.avaje.json.JsonWriter;
import java.math.BigInteger;

/** Unsigned 64-bit numbers in JSON, kept in a long's bits. */
final class Unsigned {
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
    BigInteger value = reader.readBigInteger();
    if (value.signum() < 0 || value.bitLength() > Long.SIZE) {
      throw new OciFormatException("a number is no unsigned 64-bit one");
    }
    return value.longValue();
  }
}
