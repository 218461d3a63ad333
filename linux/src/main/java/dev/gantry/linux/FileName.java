package dev.gantry.linux;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * File names as text without loss: a name on Linux is bytes, mostly UTF-8 but not always (a layer
 * may hold any). A byte that is not part of well-formed UTF-8 becomes one of the lone surrogates
 * U+DC80 to U+DCFF and back, as Python's {@code surrogateescape} does (PEP 383).
 */
public final class FileName {
  private static final int ESCAPE = 0xDC00;

  private FileName() {}

  /** The text of a name's bytes. */
  public static String toString(byte[] bytes) {
    if (isAscii(bytes)) {
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
    StringBuilder text = new StringBuilder(bytes.length);
    int i = 0;
    while (i < bytes.length) {
      int length = wellFormed(bytes, i);
      if (length == 0) {
        text.append((char) (ESCAPE | (bytes[i] & 0xFF)));
        i++;
      } else {
        text.append(new String(bytes, i, length, StandardCharsets.UTF_8));
        i += length;
      }
    }
    return text.toString();
  }

  /** The bytes of a name's text, the inverse of {@link #toString(byte[])}. */
  public static byte[] toBytes(String text) {
    byte[] plain = text.getBytes(StandardCharsets.UTF_8);
    if (!hasEscapes(text)) {
      return plain;
    }
    byte[] bytes = new byte[text.length() * 3];
    int used = 0;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      if (isEscape(c)) {
        bytes[used++] = (byte) c;
      } else {
        for (byte b : Character.toString(c).getBytes(StandardCharsets.UTF_8)) {
          bytes[used++] = b;
        }
      }
    }
    return Arrays.copyOf(bytes, used);
  }

  private static boolean isEscape(int c) {
    return c >= ESCAPE + 0x80 && c <= ESCAPE + 0xFF;
  }

  private static boolean hasEscapes(String text) {
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      if (isEscape(c)) {
        return true;
      }
      i += Character.charCount(c);
    }
    return false;
  }

  private static boolean isAscii(byte[] bytes) {
    for (byte b : bytes) {
      if (b < 0) {
        return false;
      }
    }
    return true;
  }

  /** How many bytes the well-formed UTF-8 sequence at {@code i} has, 0 when there is none. */
  private static int wellFormed(byte[] bytes, int i) {
    int first = bytes[i] & 0xFF;
    if (first < 0x80) {
      return 1;
    }
    int length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || i + length > bytes.length) {
      return 0;
    }
    int point = first & (0x7F >> length);
    for (int k = 1; k < length; k++) {
      int next = bytes[i + k] & 0xFF;
      if ((next & 0xC0) != 0x80) {
        return 0;
      }
      point = point << 6 | (next & 0x3F);
    }
    boolean overlong = point < (length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80);
    boolean surrogate = point >= 0xD800 && point <= 0xDFFF;
    return overlong || surrogate || point > 0x10FFFF ? 0 : length;
  }
}
