package dev.gantry.network;

import dev.gantry.linux.file.CorruptRecordException;
import dev.gantry.linux.file.RecordFile;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/** Records of JSON; they survive the daemon, and after power loss may be absent or torn. */
final class Records {
  private static final int VERSION = 1;

  /** How directories of records are made. */
  static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private Records() {}

  static void write(Path file, Json.Obj value) throws IOException {
    RecordFile.write(file, VERSION, JsonText.bytes(value), RecordFile.Durability.NONE);
  }

  /**
   * Reads what was written.
   *
   * @return empty when there is no such file
   * @throws JsonText.MalformedException when the file is torn, as power loss leaves it, or of a
   *     version not known here
   */
  static Optional<Json.Obj> read(Path file) throws IOException, JsonText.MalformedException {
    try {
      Optional<RecordFile.Content> content = RecordFile.read(file);
      if (content.isEmpty()) {
        return Optional.empty();
      }
      if (content.get().version() != VERSION) {
        throw new JsonText.MalformedException("it has version " + content.get().version());
      }
      return Optional.of(JsonText.parse(content.get().payload()));
    } catch (CorruptRecordException e) {
      throw new JsonText.MalformedException("it is torn: " + e.getMessage(), e);
    }
  }
}
