package dev.gantry.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Images of this machine's own programs, libraries and documentation, written straight into the
 * directory of a docker-registry: one layer of some 500 MB and twenty of some 10 MB, as gzip and as
 * zstd compress them by default.
 */
final class PullImages {
  private static final List<String> PARTS = List.of("share", "bin", "sbin", "lib");
  private static final long BIG = 1350L << 20;
  private static final long SMALL = 540L << 20;
  private static final int COUNT = 20;
  private static final long MOST_FILE = 150L << 20;

  private final Path directory;
  private final Path corpus;

  /**
   * An image of the registry.
   *
   * @param name with tag, without the registry
   * @param archives the plain layers, for the floor
   * @param blobs the compressed ones
   */
  record Image(String title, String name, List<Path> archives, List<Path> blobs) {
    long bytes() throws IOException {
      return size(blobs);
    }

    long plainBytes() throws IOException {
      return size(archives);
    }

    boolean zstd() {
      return name.contains("zstd");
    }

    private static long size(List<Path> files) throws IOException {
      long size = 0;
      for (Path file : files) {
        size += Files.size(file);
      }
      return size;
    }
  }

  private record Entry(String name, long size) {}

  /**
   * @param directory where the registry keeps its files
   */
  PullImages(Path directory, Path corpus) {
    this.directory = directory;
    this.corpus = corpus;
  }

  /** Makes them, which takes minutes. */
  List<Image> make() throws IOException {
    Files.createDirectories(directory);
    List<Path> one = List.of(archive("one", files(BIG)));
    var twenty = new ArrayList<Path>();
    List<List<Entry>> slices = slices(files(SMALL));
    for (int i = 0; i < slices.size(); i++) {
      twenty.add(archive("twenty-" + i, slices.get(i)));
    }
    return List.of(
        image("one layer, gzip", "one-gzip", one),
        image("20 layers, gzip", "twenty-gzip", twenty),
        image("one layer, zstd", "one-zstd", one),
        image("20 layers, zstd", "twenty-zstd", twenty));
  }

  private List<Entry> files(long budget) throws IOException {
    var found = new ArrayList<Entry>();
    long sum = 0;
    for (String part : PARTS) {
      if (sum >= budget || !Files.isDirectory(corpus.resolve(part))) {
        continue;
      }
      try (Stream<Path> walk = Files.walk(corpus.resolve(part))) {
        for (Path path : (Iterable<Path>) walk.sorted()::iterator) {
          boolean regular = Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
          long size = regular ? Files.size(path) : 0;
          if (size < MOST_FILE) {
            found.add(new Entry(corpus.relativize(path).toString(), size));
            sum += size;
          }
          if (sum >= budget) {
            break;
          }
        }
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
    }
    return found;
  }

  private static List<List<Entry>> slices(List<Entry> all) {
    long each = all.stream().mapToLong(Entry::size).sum() / COUNT;
    var slices = new ArrayList<List<Entry>>();
    var slice = new ArrayList<Entry>();
    long sum = 0;
    for (Entry entry : all) {
      slice.add(entry);
      sum += entry.size();
      if (sum >= each && slices.size() < COUNT - 1) {
        slices.add(slice);
        slice = new ArrayList<>();
        sum = 0;
      }
    }
    slices.add(slice);
    return slices;
  }

  private Path archive(String name, List<Entry> entries) throws IOException {
    Path list = directory.resolve(name + ".list");
    Path tar = directory.resolve(name + ".tar");
    Files.writeString(list, String.join("\0", entries.stream().map(Entry::name).toList()));
    Programs.run(
        List.of(
            "tar",
            "--null",
            "--no-recursion",
            "-C",
            corpus.toString(),
            "-cf",
            tar.toString(),
            "-T",
            list.toString()));
    return tar;
  }

  private Image image(String title, String repository, List<Path> archives) throws IOException {
    boolean zstd = repository.endsWith("zstd");
    var layers = new ArrayList<String>();
    var diffs = new ArrayList<String>();
    var blobs = new ArrayList<Path>();
    for (Path tar : archives) {
      Path packed = tar.resolveSibling(tar.getFileName() + (zstd ? ".zst" : ".gz"));
      String pack = zstd ? "zstd -q -3 -c" : "gzip -n -c";
      Programs.run(List.of("sh", "-c", pack + " <\"$0\" >\"$1\"", "" + tar, "" + packed));
      diffs.add("\"" + digest(tar) + "\"");
      String type = "application/vnd.oci.image.layer.v1.tar+" + (zstd ? "zstd" : "gzip");
      blobs.add(put(repository, "_layers", packed, type, layers));
    }
    var config = new ArrayList<String>();
    Path file = directory.resolve("document");
    Files.writeString(
        file,
        """
        {"architecture":"%s","os":"linux","config":{"Cmd":["sh"]},\
        "rootfs":{"type":"layers","diff_ids":[%s]}}\
        """
            .formatted(
                System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64",
                String.join(",", diffs)));
    put(repository, "_layers", file, "application/vnd.oci.image.config.v1+json", config);
    String type = "application/vnd.oci.image.manifest.v1+json";
    Files.writeString(
        file,
        """
        {"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[%s]}\
        """
            .formatted(type, config.getFirst(), String.join(",", layers)));
    String manifest = digest(file);
    put(repository, "_manifests/revisions", file, type, new ArrayList<>());
    Path tag = repository(repository).resolve("_manifests/tags/1");
    link(tag.resolve("current"), manifest);
    link(tag.resolve("index").resolve(manifest.replace(':', '/')), manifest);
    return new Image(title, repository + ":1", archives, blobs);
  }

  private Path repository(String name) {
    return directory.resolve("docker/registry/v2/repositories").resolve(name);
  }

  /** Moves a file to where the registry has its blobs, and describes it. */
  private Path put(String repository, String kind, Path file, String type, List<String> described)
      throws IOException {
    String digest = digest(file);
    String hex = digest.substring(digest.indexOf(':') + 1);
    described.add(
        "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}"
            .formatted(type, digest, Files.size(file)));
    Path blob =
        directory
            .resolve("docker/registry/v2/blobs/sha256")
            .resolve(hex.substring(0, 2))
            .resolve(hex);
    Files.createDirectories(blob);
    // Two images of the same archives have one configuration.
    Files.move(file, blob.resolve("data"), StandardCopyOption.REPLACE_EXISTING);
    link(repository(repository).resolve(kind).resolve("sha256").resolve(hex), digest);
    return blob.resolve("data");
  }

  private static void link(Path where, String digest) throws IOException {
    Files.createDirectories(where);
    Files.write(where.resolve("link"), digest.getBytes(StandardCharsets.US_ASCII));
  }

  private static String digest(Path file) throws IOException {
    return "sha256:" + Programs.run(List.of("sha256sum", file.toString())).split(" ", 2)[0];
  }
}
