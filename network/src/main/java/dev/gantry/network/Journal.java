package dev.gantry.network;

import dev.gantry.linux.file.RecordFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The attachments on disk, one file per pod, so that none is forgotten when the daemon ends at any
 * moment.
 */
final class Journal {
  private static final Logger log = LoggerFactory.getLogger(Journal.class);
  private static final String SUFFIX = ".network";
  private final Path dir;

  /**
   * What an earlier daemon left.
   *
   * @param torn ids of pods whose record power loss has cut: they had a network, of which only the
   *     id is known
   */
  record Left(List<Attachment> attachments, List<String> torn) {}

  Journal(Path dir) throws IOException {
    this.dir = Files.createDirectories(dir, Records.PRIVATE);
  }

  Left load() throws IOException {
    List<Attachment> attachments = new ArrayList<>();
    List<String> torn = new ArrayList<>();
    Map<Json.Obj, NetworkConfig> shared = new HashMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(dir)) {
      for (Path file : files) {
        if (RecordFile.isTemporary(file)) {
          Files.deleteIfExists(file);
        }
        if (RecordFile.isTemporary(file) || !file.toString().endsWith(SUFFIX)) {
          continue;
        }
        String name = Objects.toString(file.getFileName());
        String podId = name.substring(0, name.length() - SUFFIX.length());
        try {
          Attachment read = Attachment.fromJson(Records.read(file).orElse(Json.Obj.EMPTY));
          attachments.add(
              read.sharing(shared.computeIfAbsent(read.network().raw(), raw -> read.network())));
        } catch (JsonText.MalformedException | NetworkConfig.InvalidException e) {
          log.warn(
              "network record {} is unusable and is taken as of a dead pod: {}",
              file,
              e.getMessage());
          torn.add(podId);
        }
      }
    }
    return new Left(List.copyOf(attachments), List.copyOf(torn));
  }

  void write(Attachment attachment) throws NetworkException.JournalFailed {
    Path file = file(attachment.podId());
    try {
      Records.write(file, attachment.toJson());
    } catch (IOException e) {
      throw new NetworkException.JournalFailed("write network record " + file + ": " + e, e);
    }
  }

  /** Writes a record that says nothing, as power loss leaves it. */
  void writeTorn(String podId) throws NetworkException.JournalFailed {
    Path file = file(podId);
    try {
      Files.write(file, new byte[0]);
    } catch (IOException e) {
      throw new NetworkException.JournalFailed("write network record " + file + ": " + e, e);
    }
  }

  void delete(String podId) throws NetworkException.JournalFailed {
    Path file = file(podId);
    try {
      RecordFile.delete(file);
    } catch (IOException e) {
      throw new NetworkException.JournalFailed("delete network record " + file + ": " + e, e);
    }
  }

  private Path file(String podId) {
    return dir.resolve(podId + SUFFIX);
  }
}
