package dev.gantry.linux.file;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A record that is empty, torn or not a record. After a power loss that is to be expected of a
 * record written with {@link RecordFile.Durability#NONE}; it then belongs to an earlier boot.
 */
public final class CorruptRecordException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient Path file;
  private final String reason;

  CorruptRecordException(Path file, String reason) {
    super("record " + file + ": " + reason);
    this.file = file;
    this.reason = reason;
  }

  /** The file. */
  public Path file() {
    return file;
  }

  /** What is wrong with it. */
  public String reason() {
    return reason;
  }
}
