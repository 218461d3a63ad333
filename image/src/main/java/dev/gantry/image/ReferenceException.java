package dev.gantry.image;

import dev.gantry.oci.InvalidReferenceException;

/** An image name that does not parse or that names more than one image. */
public final class ReferenceException extends ImageException {
  private static final long serialVersionUID = 1;

  private final String reference;

  public ReferenceException(String reference, String why) {
    super("image name '" + reference + "': " + why);
    this.reference = reference;
  }

  public ReferenceException(String reference, InvalidReferenceException why) {
    super("" + why.getMessage(), why);
    this.reference = reference;
  }

  /** The name as it was given. */
  public String reference() {
    return reference;
  }
}
