package dev.gantry.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/** Small files of JSON that are replaced as a whole. */
final class Records {
  private Records() {}

  static void write(Path file, Json.Obj value) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    Files.write(temporary, JsonText.bytes(value));
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * Reads what was written.
   *
   * @return empty when there is no such file
   * @throws JsonText.MalformedException when the file is torn, as power loss leaves it
   */
  static Optional<Json.Obj> read(Path file) throws IOException, JsonText.MalformedException {
    try {
      return Optional.of(JsonText.parse(Files.readAllBytes(file)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }
}
