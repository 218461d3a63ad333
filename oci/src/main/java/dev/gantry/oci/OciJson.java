package dev.gantry.oci;

import io.avaje.json.JsonException;
import io.avaje.jsonb.Jsonb;
import java.nio.charset.StandardCharsets;

/**
 * Reads and writes the JSON documents of the image and runtime specifications.
 *
 * <p>Reading ignores unknown properties and takes null for absent, as Go does; writing leaves out
 * null and empty ones, as Go's {@code omitempty} does.
 */
public final class OciJson {
  /** The most bytes of a manifest, index or configuration: what registries themselves accept. */
  public static final int MAX_BYTES = 4 * 1024 * 1024;

  private static final Jsonb JSONB =
      Jsonb.builder()
          .add(MapAdapter::create)
          .add(Long.TYPE, NumberAdapter.ofLong(0L))
          .add(Long.class, NumberAdapter.ofLong(null))
          .add(Integer.TYPE, NumberAdapter.ofInt(0))
          .add(Integer.class, NumberAdapter.ofInt(null))
          .serializeNulls(false)
          .serializeEmpty(false)
          .failOnUnknown(false)
          .build();

  private OciJson() {}

  /** Returns the JSON text of one of this module's records, in UTF-8. */
  public static byte[] toJson(Object record) {
    return JSONB.toJsonBytes(record);
  }

  /** Returns the JSON text of one of this module's records. */
  public static String toText(Object record) {
    return new String(toJson(record), StandardCharsets.UTF_8);
  }

  /**
   * Reads a document of at most {@link #MAX_BYTES}.
   *
   * @throws OciFormatException saying what of it is wrong
   */
  public static <T> T parse(byte[] json, Class<T> type) {
    return parse(json, type, MAX_BYTES);
  }

  /** Reads a document of at most {@code maxBytes}. */
  public static <T> T parse(byte[] json, Class<T> type, int maxBytes) {
    String what = type.getSimpleName();
    T value;
    try {
      JsonSyntax.check(json, maxBytes);
      value = JSONB.type(type).fromJson(json);
    } catch (OciFormatException e) {
      throw new OciFormatException(what + ": " + e.getMessage(), e);
    } catch (JsonException | IllegalArgumentException | IllegalStateException e) {
      throw new OciFormatException(
          what + ": not the JSON it should be: " + Text.shorten(String.valueOf(e.getMessage())), e);
    }
    return Values.required(value, what);
  }

  /**
   * Refuses what is no JSON, is too long or is nested too deep.
   *
   * @throws OciFormatException saying where
   */
  public static void checkSyntax(byte[] json) {
    JsonSyntax.check(json, MAX_BYTES);
  }

  /** Reads a document of at most {@link #MAX_BYTES} characters. */
  public static <T> T parse(String json, Class<T> type) {
    return parse(json.getBytes(StandardCharsets.UTF_8), type);
  }
}
