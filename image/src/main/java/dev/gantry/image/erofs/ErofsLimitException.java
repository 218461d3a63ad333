package dev.gantry.image.erofs;

import java.io.IOException;

/** Something does not fit into the format. */
public final class ErofsLimitException extends IOException {
  private static final long serialVersionUID = 1;

  public ErofsLimitException(String message) {
    super(message);
  }
}
