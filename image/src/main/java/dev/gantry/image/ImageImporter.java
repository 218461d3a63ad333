package dev.gantry.image;

import dev.gantry.image.archive.ImageArchive;
import dev.gantry.image.layer.UnpackLimits;
import dev.gantry.image.policy.ImageOrigin;
import dev.gantry.image.policy.ImageOrigin.FileKind;
import dev.gantry.image.policy.ImageSignature;
import dev.gantry.image.policy.TrustPolicy;
import dev.gantry.oci.OciFormatException;
import dev.gantry.oci.Platform;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings the images of an archive into a store: an OCI layout or docker-save, also compressed. */
public final class ImageImporter {
  private static final Logger LOG = LoggerFactory.getLogger(ImageImporter.class);

  private final ImageStore store;
  private final Platform platform;
  private final TrustPolicy policy;

  /** An importer of images for this machine that lets every image in. */
  public ImageImporter(ImageStore store) {
    this(store, NodePlatform.detect(), TrustPolicy.ACCEPT_ANYTHING);
  }

  /**
   * @param policy is asked before a layer is unpacked
   */
  public ImageImporter(ImageStore store, Platform platform, TrustPolicy policy) {
    this.store = store;
    this.platform = platform;
    this.policy = policy;
  }

  /** An image in an archive, verified and ready to be unpacked. */
  record Found(ImageDocuments documents, List<LayerPlan> plans, ImageNames names) {}

  public List<StoredImage> importArchive(Path file) throws ImageException {
    return importArchive(file, PullListener.NONE);
  }

  /**
   * Imports all images of {@code file} that this node can run, with the names the archive gives
   * them.
   *
   * @throws ArchiveException when it is no such archive or holds no image for this node
   * @throws ImageException when an image in it is broken
   */
  public List<StoredImage> importArchive(Path file, PullListener listener) throws ImageException {
    return importArchive(file, file, listener);
  }

  /**
   * {@link #importArchive(Path)} of an archive that comes as a stream. Archives are read in any
   * order, so it is kept beside the store until it is imported.
   *
   * @param shown what error messages call it
   */
  public List<StoredImage> importStream(Path shown, InputStream in) throws ImageException {
    Path spool = null;
    try {
      try {
        spool = Files.createTempFile(store.temporary(), "import-", "");
        Files.copy(in, spool, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        throw new StoreException(store.directory(), "import " + shown + ": keep it in", e);
      }
      return importArchive(spool, shown, PullListener.NONE);
    } finally {
      delete(spool);
    }
  }

  private static void delete(@Nullable Path spool) {
    try {
      if (spool != null) {
        Files.deleteIfExists(spool);
      }
    } catch (IOException e) {
      LOG.warn("{}: not deleted before the next start: {}", spool, e.getMessage());
    }
  }

  private List<StoredImage> importArchive(Path source, Path file, PullListener listener)
      throws ImageException {
    try (var archive =
        ImageArchive.open(source, file, store.temporary(), UnpackLimits.DEFAULT.bytes())) {
      var imported = new ArrayList<StoredImage>();
      List<Found> all = find(file, archive);
      // What a caller sends lies nowhere here, and no path that it claims may match a scope.
      Path place = source.equals(file) ? file.toRealPath() : Path.of("/");
      ImageOrigin origin = origin(place, archive);
      for (Found f : all) {
        // All or none: an archive is one thing to whoever brings it.
        policy.admit(origin, List.of(f.documents().manifestBytes()), ImageSignature.Source.NONE);
      }
      for (Found f : all) {
        imported.add(
            store.add(f.documents(), f.plans(), f.names(), new LayerClaim.Local(), listener));
      }
      return imported;
    } catch (ArchiveException e) {
      throw e;
    } catch (ImageException e) {
      throw e.during("import " + file);
    } catch (OciFormatException e) {
      throw new ArchiveException(file, "" + e.getMessage(), e);
    } catch (IOException e) {
      throw new StoreException(store.directory(), "import " + file + " into", e);
    }
  }

  private static ImageOrigin origin(Path place, ImageArchive archive) {
    FileKind kind = archive.has("manifest.json") ? FileKind.DOCKER_ARCHIVE : FileKind.OCI_ARCHIVE;
    return new ImageOrigin.LocalFile(kind, place);
  }

  private List<Found> find(Path file, ImageArchive archive) throws IOException {
    if (archive.has("manifest.json")) {
      return new DockerArchive(file, archive, platform).images();
    }
    if (archive.has("index.json")) {
      return new OciArchive(file, archive, platform).images();
    }
    throw new ArchiveException(
        file, "neither an OCI layout (no index.json) nor docker-save (no manifest.json)", null);
  }
}
