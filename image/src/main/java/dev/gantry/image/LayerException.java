package dev.gantry.image;

import org.jspecify.annotations.Nullable;

/** A layer that cannot be unpacked, or must not be. */
public final class LayerException extends ImageException {
  private static final long serialVersionUID = 1;

  private final String entry;

  /**
   * @param entry the archive's name for the member, empty when it is the archive itself
   */
  public LayerException(String entry, String why, @Nullable Throwable cause) {
    super(entry.isEmpty() ? why : "entry '" + printable(entry) + "': " + why, cause);
    this.entry = entry;
  }

  /** Names come from the archive: control characters and endless names stay out of messages. */
  private static String printable(String name) {
    var text = new StringBuilder();
    int end = Math.min(name.length(), 200);
    for (int i = 0; i < end; i++) {
      char c = name.charAt(i);
      text.append(Character.isISOControl(c) || Character.isSurrogate(c) ? '?' : c);
    }
    return end < name.length() ? text + "…" : text.toString();
  }

  public String entry() {
    return entry;
  }
}
