package dev.gantry.image;

import java.io.IOException;
import java.nio.file.Path;

/** The image store's own disk failed: full, read-only, no permission, broken. */
public final class StoreException extends ImageException {
  private static final long serialVersionUID = 1;

  private final transient Path path;

  public StoreException(Path path, String what, IOException cause) {
    super(what + " " + path + ": " + cause.getMessage(), cause);
    this.path = path;
  }

  public Path path() {
    return path;
  }
}
