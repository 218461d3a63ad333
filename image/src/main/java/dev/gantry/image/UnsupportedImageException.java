package dev.gantry.image;

/**
 * An image that is valid but that Gantry does not run: schema 1, foreign layers, other platform.
 */
public final class UnsupportedImageException extends ImageException {
  private static final long serialVersionUID = 1;

  public UnsupportedImageException(String why) {
    super(why);
  }
}
