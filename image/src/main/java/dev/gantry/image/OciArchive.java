package dev.gantry.image;

import dev.gantry.image.archive.ImageArchive;
import dev.gantry.oci.Descriptor;
import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageIndex;
import dev.gantry.oci.ImageManifest;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.InvalidReferenceException;
import dev.gantry.oci.OciJson;
import dev.gantry.oci.Platform;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An OCI image layout: {@code index.json} and {@code blobs/<algorithm>/<hex>}.
 *
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/image-layout.md">image
 *     layout</a>
 */
final class OciArchive {
  private static final int MOST_INDEXES = 3;

  /** containerd and Docker put the full name here, beside a mere tag in the specification's key. */
  static final String CONTAINERD_NAME = "io.containerd.image.name";

  static final String REF_NAME = "org.opencontainers.image.ref.name";

  private final Path file;
  private final ImageArchive archive;
  private final Platform platform;

  OciArchive(Path file, ImageArchive archive, Platform platform) {
    this.file = file;
    this.archive = archive;
    this.platform = platform;
  }

  List<ImageImporter.Found> images() throws IOException {
    ImageIndex index =
        OciJson.parse(archive.bytes("index.json", OciJson.MAX_BYTES), ImageIndex.class);
    var found = new ArrayList<ImageImporter.Found>();
    for (Descriptor d : index.manifests()) {
      Platform offered = d.platform();
      if (offered == null || platform.runs(offered)) {
        found.add(image(d));
      }
    }
    if (found.isEmpty()) {
      throw new ArchiveException(file, "there is no image for " + platform + " in it", null);
    }
    return found;
  }

  private ImageImporter.Found image(Descriptor top) throws IOException {
    Descriptor descriptor = top;
    byte[] bytes = document(descriptor);
    for (int i = 0; ManifestKind.of(bytes, descriptor.mediaType()) == ManifestKind.INDEX; i++) {
      if (i == MOST_INDEXES) {
        throw new UnsupportedImageException("indexes nested deeper than " + MOST_INDEXES);
      }
      descriptor =
          OciJson.parse(bytes, ImageIndex.class)
              .choose(platform)
              .orElseThrow(
                  () -> new UnsupportedImageException("no image for " + platform + " in an index"));
      bytes = document(descriptor);
    }
    ImageManifest manifest = OciJson.parse(bytes, ImageManifest.class);
    ImageDocuments.verifyLayers(manifest);
    byte[] config = document(manifest.config());
    ImageDocuments documents =
        ImageDocuments.of(bytes, manifest, config, manifest.config().digest(), platform);
    return new ImageImporter.Found(
        documents,
        documents.plans(layer -> () -> archive.stream(blob(layer.digest()))),
        names(top));
  }

  private byte[] document(Descriptor descriptor) throws IOException {
    byte[] bytes = archive.bytes(blob(descriptor.digest()), OciJson.MAX_BYTES);
    if (bytes.length != descriptor.size()) {
      throw new DigestMismatchException(
          "document", descriptor.digest(), descriptor.size(), Integer.toString(bytes.length));
    }
    Digest actual = Digest.of(descriptor.digest().algorithm(), bytes);
    if (!actual.equals(descriptor.digest())) {
      throw new DigestMismatchException("document", descriptor.digest(), actual);
    }
    return bytes;
  }

  static String blob(Digest digest) {
    return "blobs/" + digest.algorithm().id() + "/" + digest.hex();
  }

  private static ImageNames names(Descriptor top) {
    ImageReference name = name(top.annotations());
    return name == null ? ImageNames.NONE : ImageNames.pulled(name, top.digest());
  }

  /** A name is one when it says more than a tag: {@code latest} alone names no image. */
  private static @Nullable ImageReference name(Map<String, String> annotations) {
    String full = annotations.get(CONTAINERD_NAME);
    String name = full == null ? annotations.get(REF_NAME) : full;
    if (name == null || (full == null && name.indexOf('/') < 0 && name.indexOf(':') < 0)) {
      return null;
    }
    try {
      return ImageReference.parse(name);
    } catch (InvalidReferenceException e) {
      return null;
    }
  }
}
