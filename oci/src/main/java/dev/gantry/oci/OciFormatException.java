package dev.gantry.oci;

import org.jspecify.annotations.Nullable;

/** Says that a document, digest or name from outside is not what its specification asks for. */
public class OciFormatException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public OciFormatException(String message) {
    super(message);
  }

  public OciFormatException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
