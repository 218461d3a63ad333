package dev.gantry.oci;

/** Small helpers for error messages about text from outside. */
final class Text {
  private static final int SHOWN = 80;

  private Text() {}

  /** Cuts what would flood a log and masks control characters, which would forge log lines. */
  static String shorten(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length() && i < SHOWN; i++) {
      out.append(show(text.charAt(i)));
    }
    return text.length() > SHOWN ? out.append('…').toString() : out.toString();
  }

  static String show(char c) {
    return Character.isISOControl(c) ? "\\u%04x".formatted((int) c) : String.valueOf(c);
  }

  static boolean isLowerHex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  }

  static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  static boolean isLower(char c) {
    return c >= 'a' && c <= 'z';
  }

  static boolean isLetter(char c) {
    return isLower(c) || (c >= 'A' && c <= 'Z');
  }
}
