package dev.gantry.agent.source;

import dev.gantry.agent.api.KubeObject;
import dev.gantry.linux.file.CorruptRecordException;
import dev.gantry.linux.file.RecordFile;
import dev.gantry.linux.file.RecordFile.Durability;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;

/** A directory with one checksummed file per object; it may hold secrets and is root's alone. */
final class RecordDirectory {
  private static final System.Logger LOG = System.getLogger(RecordDirectory.class.getName());
  private static final int VERSION = 1;

  private final Path directory;
  private final Durability durability;

  RecordDirectory(Path directory, Durability durability) throws IOException {
    this.directory = directory;
    this.durability = durability;
    Files.createDirectories(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
  }

  /** Everything that is there, by file name; what cannot be read is said and left. */
  Map<String, KubeObject> readAll() throws IOException {
    Map<String, KubeObject> all = new LinkedHashMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        if (!RecordFile.isTemporary(file)) {
          read(file, all);
        }
      }
    }
    return all;
  }

  private static void read(Path file, Map<String, KubeObject> all) throws IOException {
    try {
      RecordFile.read(file)
          .ifPresent(content ->
              all.put(
                  String.valueOf(file.getFileName()),
                  ObjectCodec.read(new String(content.payload(), StandardCharsets.UTF_8))));
    } catch (CorruptRecordException | IllegalArgumentException e) {
      LOG.log(
          Level.ERROR, "record " + file + " cannot be read and is ignored: " + e.getMessage(), e);
    }
  }

  void write(String name, KubeObject object) throws IOException {
    RecordFile.write(directory.resolve(name), VERSION, ObjectCodec.write(object), durability);
  }

  void delete(String name) throws IOException {
    RecordFile.delete(directory.resolve(name));
  }
}
