package dev.gantry.cri.json;

/**
 * Text or a tree that is no JSON form of the message it was read as. The message names the place:
 * line and column of the text, or the path of the field.
 */
public final class ProtoJsonException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String where;

  ProtoJsonException(String where, String problem) {
    super(where.isEmpty() ? problem : where + ": " + problem);
    this.where = where;
  }

  /** Returns the path of the field, or {@code line:column}; empty for the text as a whole. */
  public String where() {
    return where;
  }
}
