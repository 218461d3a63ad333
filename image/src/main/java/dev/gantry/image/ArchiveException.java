package dev.gantry.image;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file given to import that is neither an OCI layout nor a docker-save archive, or a broken one.
 */
public final class ArchiveException extends ImageException {
  private static final long serialVersionUID = 1;

  private final transient Path file;

  public ArchiveException(Path file, String why, @Nullable Throwable cause) {
    super("import " + file + ": " + why, cause);
    this.file = file;
  }

  public Path file() {
    return file;
  }
}
