package dev.gantry.image;

import dev.gantry.image.archive.ImageArchive;
import dev.gantry.image.layer.UnpackLimits;
import dev.gantry.oci.OciFormatException;
import dev.gantry.oci.Platform;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Brings the images of an archive into a store: an OCI layout or docker-save, also compressed. */
public final class ImageImporter {
  private final ImageStore store;
  private final Platform platform;

  public ImageImporter(ImageStore store) {
    this(store, Platform.host());
  }

  public ImageImporter(ImageStore store, Platform platform) {
    this.store = store;
    this.platform = platform;
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
    try (var archive = ImageArchive.open(file, store.temporary(), UnpackLimits.DEFAULT.bytes())) {
      var imported = new ArrayList<StoredImage>();
      for (Found f : find(file, archive)) {
        imported.add(store.add(f.documents(), f.plans(), f.names(), listener));
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
