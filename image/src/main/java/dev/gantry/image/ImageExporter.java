package dev.gantry.image;

import dev.gantry.image.archive.BlobSink;
import dev.gantry.image.layer.PlatformThread;
import dev.gantry.oci.MediaTypes.Compression;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Writes images of a store to archives and directories that other tools read; ids stay. An image
 * that is asked for by a name leaves with that name, by id with all its tags, and by digest with
 * none.
 */
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

  /** An image and the tags with which it leaves. */
  record Chosen(ImageContent content, List<String> tags) {}

  @FunctionalInterface
  private interface Writer {
    void write(List<Chosen> images) throws IOException;
  }

  /**
   * Writes the images of these names or ids as one tar archive; {@code out} is not closed. Nothing
   * has been written when an image is missing.
   *
   * @throws ImageException saying which image or layer failed and why
   * @throws InterruptedException when the caller is interrupted; nothing is written any more then
   */
  public void export(List<String> namesOrIds, Options options, OutputStream out)
      throws ImageException, InterruptedException {
    run(
        namesOrIds,
        images -> {
          BlobSink sink = BlobSink.tar(out);
          switch (options.format()) {
            case OCI -> new OciWriter(sink, options.compression()).write(images, List.of());
            case DOCKER -> new DockerWriter(sink).write(images);
          }
        });
  }

  /** Writes an OCI layout into a directory, which is made; images that are in it stay. */
  public void exportDirectory(List<String> namesOrIds, Compression compression, Path directory)
      throws ImageException, InterruptedException {
    run(
        namesOrIds,
        images ->
            new OciWriter(BlobSink.directory(directory), compression)
                .write(images, OciWriter.existing(directory)));
  }

  private void run(List<String> namesOrIds, Writer writer)
      throws ImageException, InterruptedException {
    String what = "export " + String.join(" ", namesOrIds);
    var opened = new ArrayList<ImageContent>();
    try {
      List<Chosen> images = choose(namesOrIds, opened);
      PlatformThread.call(
          "export",
          () -> {
            writer.write(images);
            return true;
          });
    } catch (InterruptedException e) {
      throw e;
    } catch (InterruptedIOException e) {
      throw new InterruptedException(e.getMessage());
    } catch (ImageException e) {
      throw e.during(what);
    } catch (IOException e) {
      throw new StoreException(store.directory(), what + ": write from", e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    } finally {
      opened.forEach(ImageContent::close);
    }
  }

  private List<Chosen> choose(List<String> namesOrIds, List<ImageContent> opened)
      throws ImageException {
    var contents = new LinkedHashMap<StoredImage, ImageContent>();
    var tags = new LinkedHashMap<StoredImage, TreeSet<String>>();
    for (String name : namesOrIds) {
      ImageContent content =
          store
              .content(name)
              .orElseThrow(() -> new ReferenceException(name, "there is no such image here"));
      opened.add(content);
      StoredImage image = content.image();
      contents.putIfAbsent(image, content);
      tags.computeIfAbsent(image, k -> new TreeSet<>()).addAll(tags(name, image));
    }
    var chosen = new ArrayList<Chosen>();
    for (Map.Entry<StoredImage, ImageContent> e : contents.entrySet()) {
      chosen.add(new Chosen(e.getValue(), List.copyOf(tags.get(e.getKey()))));
    }
    return chosen;
  }

  private static List<String> tags(String name, StoredImage image) throws ReferenceException {
    if (image.id().toString().startsWith(name) || image.id().hex().startsWith(name)) {
      return image.repoTags();
    }
    return name.indexOf('@') >= 0 ? List.of() : List.of(Records.tagOf(name));
  }
}
