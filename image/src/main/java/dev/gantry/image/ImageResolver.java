package dev.gantry.image;

import dev.gantry.image.RegistryException.Attempt;
import dev.gantry.image.RegistryException.Kind;
import dev.gantry.image.registry.BlobPuller;
import dev.gantry.image.registry.ManifestPuller;
import dev.gantry.image.registry.RegistrySession;
import dev.gantry.oci.Descriptor;
import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageIndex;
import dev.gantry.oci.ImageManifest;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.OciFormatException;
import dev.gantry.oci.OciJson;
import dev.gantry.oci.Platform;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.stream.Collectors;

/**
 * From a name to what has to be fetched: tag → index → this platform's manifest → configuration.
 */
final class ImageResolver {
  private static final int MOST_INDEXES = 3;

  private final RegistrySession session;
  private final Platform platform;

  ImageResolver(RegistrySession session, Platform platform) {
    this.session = session;
    this.platform = platform;
  }

  /**
   * @param named digest of what the name stands for, an index's where there is one
   * @param chain the manifest, then the index that it was chosen from, and so on upwards
   */
  record Resolved(Digest named, ImageDocuments documents, List<byte[]> chain) {}

  Resolved resolve(ImageReference reference) throws IOException {
    Digest digest = reference.digest();
    try {
      ManifestPuller.Answer answer =
          digest == null
              ? ManifestPuller.byTag(session, reference.manifestKey())
              : ManifestPuller.byDigest(session, digest);
      Digest named = answer.digest();
      var chain = new ArrayDeque<byte[]>();
      chain.push(answer.bytes());
      for (int i = 0; kind(answer) == ManifestKind.INDEX; i++) {
        if (i == MOST_INDEXES) {
          throw new UnsupportedImageException("indexes nested deeper than " + MOST_INDEXES);
        }
        answer = child(OciJson.parse(answer.bytes(), ImageIndex.class));
        chain.push(answer.bytes());
      }
      return new Resolved(named, documents(answer), List.copyOf(chain));
    } catch (OciFormatException e) {
      throw new RegistryException(
          Kind.BAD_ANSWER,
          List.of(new Attempt(reference.host(), 200, "no valid manifest: " + e.getMessage())),
          e);
    } catch (ImageException e) {
      throw e.during("manifest");
    }
  }

  private static ManifestKind kind(ManifestPuller.Answer answer) throws ImageException {
    return ManifestKind.of(answer.bytes(), answer.mediaType());
  }

  private ManifestPuller.Answer child(ImageIndex index) throws IOException {
    Descriptor chosen =
        index
            .choose(platform)
            .orElseThrow(() ->
                new UnsupportedImageException(
                    "no image for " + platform + "; there are " + platforms(index)));
    ManifestPuller.Answer answer = ManifestPuller.byDigest(session, chosen.digest());
    if (answer.bytes().length != chosen.size()) {
      throw new DigestMismatchException(
          "manifest", chosen.digest(), chosen.size(), Integer.toString(answer.bytes().length));
    }
    return answer;
  }

  private static String platforms(ImageIndex index) {
    String all =
        index.manifests().stream()
            .map(Descriptor::platform)
            .filter(p -> p != null && !p.os().equals("unknown"))
            .map(Platform::toString)
            .limit(20)
            .collect(Collectors.joining(", "));
    return all.isEmpty() ? "none" : all;
  }

  private ImageDocuments documents(ManifestPuller.Answer answer) throws IOException {
    ImageManifest manifest = OciJson.parse(answer.bytes(), ImageManifest.class);
    ImageDocuments.verifyLayers(manifest);
    Descriptor wanted = manifest.config();
    byte[] config = config(wanted);
    return ImageDocuments.of(answer.bytes(), manifest, config, wanted.digest(), platform);
  }

  private byte[] config(Descriptor wanted) throws IOException {
    if (wanted.size() > OciJson.MAX_BYTES) {
      throw new UnsupportedImageException(
          "configuration of "
              + wanted.size()
              + " bytes; at most "
              + OciJson.MAX_BYTES
              + " are read");
    }
    try {
      return BlobPuller.whole(session, wanted.digest(), "configuration", wanted.size());
    } catch (ImageException e) {
      throw e.during("configuration " + wanted.digest());
    }
  }
}
