package dev.gantry.image;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Why an image could not be resolved, fetched, verified, unpacked, read or kept. The subtypes carry
 * what it is about; the message reads verb, object, cause.
 *
 * <p>It is an {@link IOException} so that it passes through the streams in which most of it is
 * found.
 */
public abstract sealed class ImageException extends IOException
    permits ReferenceException,
        RegistryException,
        DigestMismatchException,
        LayerException,
        UnsupportedImageException,
        ArchiveException,
        PolicyException,
        StoreException {
  private static final long serialVersionUID = 1;

  private String context = "";

  ImageException(String message) {
    super(message);
  }

  ImageException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** Puts what was being done in front of the message; called on the way out, outermost last. */
  public final ImageException during(String what) {
    context = what + ": " + context;
    return this;
  }

  @Override
  public final String getMessage() {
    return context + super.getMessage();
  }

  /** Whether trying again later, with nothing changed here, may work. */
  public boolean isTransient() {
    return false;
  }
}
