package dev.gantry.image;

import dev.gantry.image.ImageExporter.Chosen;
import dev.gantry.image.archive.BlobSink;
import dev.gantry.image.layer.LayerPacker;
import dev.gantry.oci.Descriptor;
import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageConfig;
import dev.gantry.oci.ImageIndex;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.MediaTypes;
import dev.gantry.oci.MediaTypes.Compression;
import dev.gantry.oci.OciFormatException;
import dev.gantry.oci.OciJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes images as an OCI image layout. */
final class OciWriter {
  private static final byte[] LAYOUT =
      "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.US_ASCII);

  private final BlobSink sink;
  private final Compression compression;

  /** Layers that several images share are packed once. */
  private final Map<Digest, Descriptor> packed = new LinkedHashMap<>();

  OciWriter(BlobSink sink, Compression compression) {
    this.sink = sink;
    this.compression = compression;
  }

  /** What the index of a directory names already. */
  static List<Descriptor> existing(Path directory) throws IOException {
    Path file = directory.resolve("index.json");
    if (!Files.exists(file)) {
      return List.of();
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] json = in.readNBytes(OciJson.MAX_BYTES + 1);
      return OciJson.parse(json, ImageIndex.class).manifests();
    } catch (OciFormatException e) {
      throw new ArchiveException(file, "it is there and no index: " + e.getMessage(), e);
    }
  }

  /**
   * @param others stay in the index unless their names go to these images
   */
  void write(List<Chosen> images, List<Descriptor> others) throws IOException {
    sink.put("oci-layout", LAYOUT);
    var entries = new ArrayList<Descriptor>();
    for (Chosen image : images) {
      Descriptor manifest = image(image.content());
      if (image.tags().isEmpty()) {
        entries.add(manifest);
      }
      for (String tag : image.tags()) {
        entries.add(named(manifest, Map.of(OciArchive.CONTAINERD_NAME, tag)));
      }
    }
    for (Descriptor other : others) {
      if (entries.stream().noneMatch(e -> replaces(e, other))) {
        entries.add(other);
      }
    }
    // Last: who sees the index finds all that it names.
    sink.put(
        "index.json",
        OciJson.toJson(new ImageIndex(2, MediaTypes.OCI_INDEX, withRefNames(entries), Map.of())));
    sink.finish();
  }

  private static boolean replaces(Descriptor entry, Descriptor other) {
    String name = name(entry);
    return name == null
        ? entry.digest().equals(other.digest()) && name(other) == null
        : name.equals(name(other));
  }

  private static @Nullable String name(Descriptor entry) {
    return entry.annotations().get(OciArchive.CONTAINERD_NAME);
  }

  /**
   * The specification's own name is a mere tag, as containerd and Docker write it, where that is
   * not ambiguous, else the whole name.
   */
  private static List<Descriptor> withRefNames(List<Descriptor> entries) {
    var all = new ArrayList<Descriptor>();
    for (Descriptor e : entries) {
      String name = name(e);
      if (name == null) {
        all.add(e);
        continue;
      }
      String tag = tag(name);
      long same = entries.stream().filter(o -> tag.equals(refName(o))).count();
      all.add(
          named(
              e,
              Map.of(
                  OciArchive.CONTAINERD_NAME, name, OciArchive.REF_NAME, same == 1 ? tag : name)));
    }
    return all;
  }

  private static @Nullable String refName(Descriptor entry) {
    String name = name(entry);
    return name == null ? entry.annotations().get(OciArchive.REF_NAME) : tag(name);
  }

  private static String tag(String name) {
    String tag = ImageReference.parse(name).tag();
    return tag == null ? name : tag;
  }

  private static Descriptor named(Descriptor d, Map<String, String> annotations) {
    return new Descriptor(
        d.mediaType(), d.digest(), d.size(), List.of(), annotations, d.platform(), null);
  }

  private Descriptor image(ImageContent content) throws IOException {
    var layers = new ArrayList<Descriptor>();
    for (LayerId id : content.image().layers()) {
      layers.add(layer(content, id));
    }
    byte[] config = content.config();
    put(OutgoingManifest.configDigest(content), config.length, out -> out.write(config));
    OutgoingManifest manifest = OutgoingManifest.of(content, layers);
    put(manifest.digest(), manifest.bytes().length, out -> out.write(manifest.bytes()));
    ImageConfig of = content.image().config();
    return new Descriptor(
        manifest.mediaType(),
        manifest.digest(),
        manifest.bytes().length,
        List.of(),
        Map.of(),
        of.architecture() == null ? null : of.platform(),
        null);
  }

  private Descriptor layer(ImageContent content, LayerId id) throws IOException {
    Digest diffId = content.diffId(id);
    Descriptor known = packed.get(diffId);
    if (known == null) {
      try {
        known =
            compression == Compression.NONE || OutgoingManifest.isArtifact(content)
                ? plain(content, id, diffId)
                : pack(content, id);
      } catch (ImageException e) {
        throw e.during("layer " + diffId);
      }
      packed.put(diffId, known);
    }
    return known;
  }

  /** The archive as it is: its digest and size are known, so it needs no file. */
  private Descriptor plain(ImageContent content, LayerId id, Digest diffId) throws IOException {
    long size = content.tarSize(id);
    put(
        diffId,
        size,
        out -> {
          try (InputStream tar = content.openTar(id)) {
            LayerPacker.copy(tar, out, n -> {});
          }
        });
    return new Descriptor(MediaTypes.OCI_LAYER, diffId, size);
  }

  private Descriptor pack(ImageContent content, LayerId id) throws IOException {
    Path file = Files.createTempFile(content.temporary(), "pack-", ".blob");
    try (InputStream tar = content.openTar(id)) {
      LayerPacker.Packed blob = LayerPacker.pack(tar, compression, file, n -> {});
      put(
          blob.digest(),
          blob.size(),
          out -> {
            try (InputStream in = Files.newInputStream(file)) {
              LayerPacker.copy(in, out, n -> {});
            }
          });
      return new Descriptor(OutgoingManifest.layerType(compression), blob.digest(), blob.size());
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private void put(Digest digest, long size, BlobSink.Content content) throws IOException {
    String name = OciArchive.blob(digest);
    if (!sink.has(name, size)) {
      sink.put(name, size, content);
    }
  }
}
