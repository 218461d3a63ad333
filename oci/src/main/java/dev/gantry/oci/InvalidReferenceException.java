package dev.gantry.oci;

/** Says why a text is no image reference, or names a part of one wrongly. */
public final class InvalidReferenceException extends OciFormatException {
  private static final long serialVersionUID = 1L;

  private final String reference;

  public InvalidReferenceException(String reference, String why) {
    super("image reference \"" + Text.shorten(reference) + "\": " + why);
    this.reference = reference;
  }

  /** Returns the text as it was given. */
  public String reference() {
    return reference;
  }
}
