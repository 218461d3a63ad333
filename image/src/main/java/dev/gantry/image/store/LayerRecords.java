package dev.gantry.image.store;

import dev.gantry.image.LayerId;
import dev.gantry.image.layer.LayerArchive;
import dev.gantry.linux.file.RecordFile;
import dev.gantry.oci.Digest;
import dev.gantry.oci.OciFormatException;
import io.avaje.jsonb.JsonType;
import io.avaje.jsonb.Jsonb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The record of each layer, {@code layers/<id>/layer}. */
final class LayerRecords {
  private static final Logger LOG = LoggerFactory.getLogger(LayerRecords.class);
  private static final int VERSION = 1;
  private static final String RECORD = "layer";

  private final JsonType<LayerRecord> json = Jsonb.builder().build().type(LayerRecord.class);

  /** The layer in a directory; empty when it is not whole or cannot be read. */
  Optional<StoredLayer> read(Path directory) {
    try {
      LayerId id = LayerId.ofDirectoryName(directory.getFileName().toString());
      Optional<RecordFile.Content> content = RecordFile.read(directory.resolve(RECORD));
      boolean whole = LayerArchive.isIn(directory) || Files.isDirectory(directory.resolve("diff"));
      if (content.isEmpty() || !whole) {
        return Optional.empty();
      }
      LayerRecord r = json.fromJson(content.get().payload());
      return Optional.of(
          new StoredLayer(
              id,
              Digest.parse(r.diffId()),
              r.selfContained(),
              r.bytes(),
              r.inodes(),
              r.blobSize(),
              r.file()));
    } catch (IOException | OciFormatException | io.avaje.json.JsonException e) {
      LOG.warn("{}: {}", directory, e.getMessage());
      return Optional.empty();
    }
  }

  /** Writes a layer's record; it is durable with the next sync. */
  void write(Path directory, StoredLayer layer) throws IOException {
    RecordFile.write(
        directory.resolve(RECORD),
        VERSION,
        json.toJsonBytes(record(layer)),
        RecordFile.Durability.NONE);
  }

  private static LayerRecord record(StoredLayer layer) {
    return new LayerRecord(
        layer.diffId().toString(),
        layer.selfContained(),
        layer.bytes(),
        layer.inodes(),
        layer.blobSize(),
        layer.file());
  }
}
