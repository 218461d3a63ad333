package dev.gantry.oci;

/** Says why a {@code user[:group]} text means nobody in an image. */
public final class UnknownUserException extends OciFormatException {
  private static final long serialVersionUID = 1L;

  private final String user;

  public UnknownUserException(String user, String why) {
    super("user \"" + Text.shorten(user) + "\": " + why);
    this.user = user;
  }

  /** Returns the text as it was given. */
  public String user() {
    return user;
  }
}
