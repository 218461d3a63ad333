package dev.gantry.image.store;

import dev.gantry.linux.file.CorruptRecordException;
import dev.gantry.linux.file.RecordFile;
import dev.gantry.oci.Digest;
import io.avaje.jsonb.JsonType;
import io.avaje.jsonb.Jsonb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The records of images, one synced file each. */
public final class ImageRecords {
  private static final Logger LOG = LoggerFactory.getLogger(ImageRecords.class);
  private static final int VERSION = 1;

  private final Path directory;
  private final JsonType<ImageRecord> json = Jsonb.builder().build().type(ImageRecord.class);

  public ImageRecords(Path directory) {
    this.directory = directory;
  }

  /** All that can be read; one that cannot is removed, for its image can be pulled again. */
  public List<ImageRecord> load() throws IOException {
    var all = new ArrayList<ImageRecord>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        if (RecordFile.isTemporary(file)) {
          Files.delete(file);
          continue;
        }
        try {
          var content = RecordFile.read(file);
          if (content.isPresent()) {
            all.add(json.fromJson(content.get().payload()));
          }
        } catch (IOException | io.avaje.json.JsonException e) {
          LOG.warn("image record {} is unreadable and is removed: {}", file, e.getMessage());
          Files.deleteIfExists(file);
        }
      }
    }
    return all;
  }

  /** The record of an image; empty when there is none that can be read. */
  public Optional<ImageRecord> read(String id) throws IOException {
    try {
      return RecordFile.read(file(id)).map(content -> json.fromJson(content.payload()));
    } catch (CorruptRecordException | io.avaje.json.JsonException e) {
      return Optional.empty();
    }
  }

  public void write(ImageRecord record) throws IOException {
    RecordFile.write(
        file(record.id()), VERSION, json.toJsonBytes(record), RecordFile.Durability.SYNC);
  }

  public void delete(String id) throws IOException {
    RecordFile.delete(file(id));
  }

  private Path file(String id) {
    return directory.resolve(Digest.parse(id).hex());
  }
}
