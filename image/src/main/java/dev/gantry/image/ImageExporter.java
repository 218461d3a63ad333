package dev.gantry.image;

import dev.gantry.oci.MediaTypes.Compression;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;

/** Writes images of a store to archives and directories that other tools read; ids stay. */
@SuppressWarnings("DoNotCallSuggester") // its body follows
public final class ImageExporter {
  /** What an archive looks like. */
  public enum Format {
    /** An OCI image layout: {@code skopeo oci-archive:}, {@code ctr images import}. */
    OCI,
    /** What {@code docker load} reads. */
    DOCKER
  }

  /**
   * How to write.
   *
   * @param compression of layers; a docker archive always has plain ones
   */
  public record Options(Format format, Compression compression) {
    public static final Options OCI = new Options(Format.OCI, Compression.NONE);
    public static final Options DOCKER = new Options(Format.DOCKER, Compression.NONE);
  }

  private final ImageStore store;

  public ImageExporter(ImageStore store) {
    this.store = store;
  }

  /**
   * Writes the images of these names or ids as one tar archive; {@code out} is not closed. Nothing
   * has been written when an image is missing.
   *
   * @throws ImageException saying which image or layer failed and why
   */
  public void export(List<String> namesOrIds, Options options, OutputStream out)
      throws ImageException, InterruptedException {
    throw new UnsupportedImageException("export from " + store.directory());
  }

  /** Writes an OCI layout into a directory, which is made; images that are in it stay. */
  public void exportDirectory(List<String> namesOrIds, Compression compression, Path directory)
      throws ImageException, InterruptedException {
    throw new UnsupportedImageException("export from " + store.directory());
  }
}
