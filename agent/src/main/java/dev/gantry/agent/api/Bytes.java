package dev.gantry.agent.api;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Bytes, as the base64 that manifests write them in.
 *
 * @param base64 the standard alphabet with padding, no line breaks
 */
public record Bytes(String base64) {
  public Bytes {
    base64 = base64.replace("\n", "").replace("\r", "");
    Base64.getDecoder().decode(base64);
  }

  /** The bytes of a text in UTF-8. */
  public static Bytes of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** These bytes. */
  public static Bytes of(byte[] bytes) {
    return new Bytes(Base64.getEncoder().encodeToString(bytes));
  }

  /** The bytes. */
  public byte[] decode() {
    return Base64.getDecoder().decode(base64);
  }

  /** The bytes as a text in UTF-8. */
  public String text() {
    return new String(decode(), StandardCharsets.UTF_8);
  }

  /** How many there are: they may be secret. */
  @Override
  public String toString() {
    return "Bytes[" + decode().length + "]";
  }
}
