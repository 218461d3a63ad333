package dev.gantry.image;

import dev.gantry.image.StoreSnapshot.Entry;
import dev.gantry.image.store.ImageRecord;
import dev.gantry.image.store.ImageRecords;
import dev.gantry.image.store.LayerDirectory;
import dev.gantry.image.store.StoredLayer;
import dev.gantry.linux.BlockingCalls;
import dev.gantry.oci.Digest;
import dev.gantry.oci.OciFormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The records of all images and the {@link StoreSnapshot} of them. Changes are for one thread at a
 * time, which the store sees to; anybody may read the snapshot.
 */
final class ImageSet {
  private static final Logger LOG = LoggerFactory.getLogger(ImageSet.class);
  private static final Duration WRITE = Duration.ofMinutes(2);

  private final LayerDirectory layers;
  private final ImageRecords records;
  private final PinnedNames pinnedNames;
  private volatile StoreSnapshot snapshot;

  ImageSet(Path directory, LayerDirectory layers, List<String> pinned) throws IOException {
    this.layers = layers;
    this.records = new ImageRecords(directory);
    this.pinnedNames = new PinnedNames(pinned);
    this.snapshot = new StoreSnapshot(load(), layers);
  }

  private List<Entry> load() throws IOException {
    var entries = new ArrayList<Entry>();
    var taken = new HashSet<String>();
    var all = new ArrayList<>(records.load());
    // After a crash between two records a tag may stand in both: the younger one has it.
    all.sort((a, b) -> Long.compare(b.updated(), a.updated()));
    for (ImageRecord record : all) {
      try {
        if (isWhole(record)) {
          var tags = record.tags().stream().filter(taken::add).toList();
          entries.add(StoreSnapshot.entry(Records.withTags(record, tags), layers, pinnedNames));
          continue;
        }
        LOG.warn("image {} lacks a layer and is removed", record.id());
      } catch (OciFormatException e) {
        LOG.warn("image {} cannot be read and is removed: {}", record.id(), e.getMessage());
      }
      records.delete(record.id());
    }
    return entries;
  }

  private boolean isWhole(ImageRecord record) {
    return record.layers().stream()
        .allMatch(id -> layers.get(new LayerId(Digest.parse(id))).isPresent());
  }

  StoreSnapshot snapshot() {
    return snapshot;
  }

  /** Publishes an image whose layers are there; its tags leave whoever had them. */
  StoredImage commit(ImageDocuments documents, List<StoredLayer> stored, ImageNames names)
      throws IOException {
    Optional<Entry> known = snapshot.byId(documents.id());
    var tags = new TreeSet<>(names.tags());
    var digests = new TreeSet<>(names.digests());
    if (known.isPresent()) {
      tags.addAll(known.get().record().tags());
      digests.addAll(known.get().record().digests());
    }
    long now = System.currentTimeMillis();
    replace(
        new ImageRecord(
            documents.id().toString(),
            Base64.getEncoder().encodeToString(documents.configBytes()),
            Base64.getEncoder().encodeToString(documents.manifestBytes()),
            List.copyOf(tags),
            List.copyOf(digests),
            stored.stream().map(l -> l.id().digest().toString()).toList(),
            now,
            now,
            false,
            documents.artifactType()));
    repoint(names.tags(), documents.id());
    return snapshot.byId(documents.id()).orElseThrow().image();
  }

  /** Gives an image one more tag, which leaves whoever had it. */
  StoredImage tag(Entry entry, String tag) throws IOException {
    var tags = new TreeSet<>(entry.record().tags());
    if (tags.add(tag)) {
      replace(Records.tagged(entry.record(), List.copyOf(tags)));
      repoint(List.of(tag), entry.image().id());
    }
    return snapshot.byId(entry.image().id()).orElseThrow().image();
  }

  /** Tags that moved leave the image that had them; it stays by its id and digests. */
  private void repoint(List<String> tags, Digest owner) throws IOException {
    for (Entry e : List.copyOf(snapshot.entries())) {
      var left = new ArrayList<>(e.record().tags());
      if (!e.image().id().equals(owner) && left.removeAll(tags)) {
        replace(Records.withTags(e.record(), left));
      }
    }
  }

  /** Writes a record, new or instead of the image's old one. */
  void replace(ImageRecord record) throws IOException {
    BlockingCalls.runToEnd(
        "write image record",
        WRITE,
        () -> {
          layers.syncNames();
          records.write(record);
          return true;
        });
    Entry entry = StoreSnapshot.entry(record, layers, pinnedNames);
    var entries = new ArrayList<>(snapshot.entries());
    entries.removeIf(e -> e.image().id().equals(entry.image().id()));
    entries.add(entry);
    snapshot = new StoreSnapshot(entries, layers);
  }

  /** What is wrong with the record on disk of an entry of the snapshot, null when nothing is. */
  @Nullable String problem(Entry entry) throws IOException {
    if (!snapshot.entries().contains(entry)) {
      return null;
    }
    ImageRecord known = entry.record();
    String identity = known.artifactType() == null ? known.config() : known.manifest();
    if (!entry.image().id().matches(Base64.getDecoder().decode(identity))) {
      return "it is another image than its id says";
    }
    Optional<ImageRecord> read =
        BlockingCalls.run("read image record", WRITE, () -> records.read(entry.record().id()));
    // Names that another image took are left out when records are loaded, not on disk.
    return read.isPresent()
            && read.get().config().equals(known.config())
            && read.get().manifest().equals(known.manifest())
            && read.get().layers().equals(known.layers())
        ? null
        : "its record is missing or damaged";
  }

  /** Deletes an image's record; its layers are swept later. */
  void drop(Entry entry) throws IOException {
    BlockingCalls.runToEnd(
        "delete image record",
        WRITE,
        () -> {
          records.delete(entry.record().id());
          return true;
        });
    var entries = new ArrayList<>(snapshot.entries());
    entries.remove(entry);
    snapshot = new StoreSnapshot(entries, layers);
  }
}
