package dev.gantry.oci;

/** Refuses a document that is too long or nested too deep before anything reads it. */
final class JsonBounds {
  /** Deeper than any document of the specifications, shallow enough for every stack. */
  static final int MAX_DEPTH = 64;

  private JsonBounds() {}

  static void check(String what, byte[] json, int maxBytes) {
    if (json.length > maxBytes) {
      throw new OciFormatException(
          what + ": " + json.length + " bytes of JSON, at most " + maxBytes + " are read");
    }
    int depth = 0;
    boolean inString = false;
    for (int i = 0; i < json.length; i++) {
      byte b = json[i];
      if (inString) {
        if (b == '\\') {
          i++;
        } else if (b == '"') {
          inString = false;
        }
        continue;
      }
      switch (b) {
        case '"' -> inString = true;
        case '{', '[' -> depth++;
        case '}', ']' -> depth--;
        default -> {}
      }
      if (depth > MAX_DEPTH) {
        throw new OciFormatException(what + ": JSON nested deeper than " + MAX_DEPTH);
      }
    }
  }
}
