package dev.gantry.image;

import dev.gantry.image.store.ImageRecord;
import dev.gantry.image.store.LayerDirectory;
import dev.gantry.linux.file.DiskUsage;
import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageConfig;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.InvalidReferenceException;
import dev.gantry.oci.OciJson;
import java.time.Instant;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the store knows at one moment, immutable, so that reading waits for nobody. */
final class StoreSnapshot {
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{1,128}");

  /** Everything, removed but used images included. */
  private final Map<Digest, Entry> entries;

  private final Map<String, Entry> byName;
  private final List<StoredImage> visible;
  private final DiskUsage.Usage usage;

  record Entry(ImageRecord record, StoredImage image) {}

  StoreSnapshot(Collection<Entry> all, LayerDirectory layers) {
    var ids = new TreeMap<Digest, Entry>();
    var names = new HashMap<String, Entry>();
    var unique = new HashSet<LayerId>();
    for (Entry e : all) {
      ids.put(e.image().id(), e);
      unique.addAll(e.image().layers());
      e.image().repoTags().forEach(name -> names.put(name, e));
      e.image().repoDigests().forEach(name -> names.put(name, e));
    }
    this.entries = ids;
    this.byName = Map.copyOf(names);
    this.visible =
        ids.values().stream().filter(e -> !e.record().removed()).map(Entry::image).toList();
    this.usage = usage(unique, layers, ids.size());
  }

  private static DiskUsage.Usage usage(Set<LayerId> unique, LayerDirectory layers, int records) {
    DiskUsage.Usage stored =
        LayerDirectory.usage(unique.stream().map(id -> layers.get(id).orElseThrow()).toList());
    return withRecords(stored, records);
  }

  private static DiskUsage.Usage withRecords(DiskUsage.Usage layers, int records) {
    return new DiskUsage.Usage(layers.bytes() + 4096L * records, layers.inodes() + records);
  }

  /** What all images take, with layers of unfinished pulls. */
  DiskUsage.Usage usageWith(DiskUsage.Usage layers) {
    return withRecords(layers, entries.size());
  }

  List<StoredImage> visible() {
    return visible;
  }

  Collection<Entry> entries() {
    return entries.values();
  }

  DiskUsage.Usage usage() {
    return usage;
  }

  Optional<Entry> byId(Digest id) {
    return Optional.ofNullable(entries.get(id));
  }

  Set<LayerId> referenced() {
    var all = new HashSet<LayerId>();
    entries.values().forEach(e -> all.addAll(e.image().layers()));
    return all;
  }

  Optional<Entry> byExactName(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /** By id, then by name, then by the beginning of an id. */
  Optional<Entry> find(String text) throws ReferenceException {
    Digest.Algorithm stated = null;
    for (Digest.Algorithm a : Digest.Algorithm.values()) {
      stated = text.startsWith(a.id() + ":") ? a : stated;
    }
    String hex = stated == null ? text : text.substring(stated.id().length() + 1);
    boolean isHex = HEX.matcher(hex).matches();
    if (isHex && (hex.length() == 64 || hex.length() == 128)) {
      Digest.Algorithm whole =
          hex.length() == 64 ? Digest.Algorithm.SHA256 : Digest.Algorithm.SHA512;
      return stated != null && stated != whole
          ? Optional.empty()
          : shown(entries.get(new Digest(whole, hex)));
    }
    Optional<Entry> named = isHex && stated != null ? Optional.empty() : byReference(text, isHex);
    return named.isPresent() || !isHex ? named : byPrefix(text, stated, hex);
  }

  private Optional<Entry> byReference(String text, boolean maybeId) throws ReferenceException {
    try {
      ImageReference reference = ImageReference.parse(text);
      Digest digest = reference.digest();
      String key = digest == null ? reference.toString() : reference.withDigest(digest).toString();
      return shown(byName.get(key));
    } catch (InvalidReferenceException e) {
      if (maybeId) {
        return Optional.empty();
      }
      throw new ReferenceException(text, e);
    }
  }

  private Optional<Entry> byPrefix(String text, Digest.@Nullable Algorithm stated, String hex)
      throws ReferenceException {
    List<Entry> all =
        entries.values().stream()
            .filter(e -> !e.record().removed() && e.image().id().hex().startsWith(hex))
            .filter(e -> stated == null || e.image().id().algorithm() == stated)
            .toList();
    if (all.size() > 1) {
      throw new ReferenceException(text, "the beginning of " + all.size() + " image ids");
    }
    return all.stream().findFirst();
  }

  private static Optional<Entry> shown(@Nullable Entry entry) {
    return entry == null || entry.record().removed() ? Optional.empty() : Optional.of(entry);
  }

  /** The image of a record; {@code layers} must have all of its layers. */
  static Entry entry(ImageRecord record, LayerDirectory layers, PinnedNames pinned) {
    byte[] config = Base64.getDecoder().decode(record.config());
    List<LayerId> ids = record.layers().stream().map(s -> new LayerId(Digest.parse(s))).toList();
    long size = config.length;
    for (LayerId id : new HashSet<>(ids)) {
      size += layers.get(id).orElseThrow().bytes();
    }
    boolean keep = pinned.has(record);
    return new Entry(
        record,
        new StoredImage(
            Digest.parse(record.id()),
            record.artifactType() == null
                ? OciJson.parse(config, ImageConfig.class)
                : ImageDocuments.NO_CONFIG,
            record.tags().stream().sorted(Comparator.naturalOrder()).toList(),
            record.digests().stream().sorted(Comparator.naturalOrder()).toList(),
            size,
            ids,
            Instant.ofEpochMilli(record.pulledAt()),
            keep,
            record.artifactType()));
  }
}
