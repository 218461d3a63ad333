package dev.gantry.bench;

import dev.gantry.bench.PullImages.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The three steps of a pull, each run bare and alone: curl to nowhere, igzip or zstd from memory to
 * nowhere, tar from memory to the disk until the data is safe there. A pull cannot take less time
 * than the slowest of them.
 */
final class PullFloor {
  /** The step that contenders have in common. */
  static final String PULL = "pull";

  private final Image image;
  private final PullRegistry registry;

  PullFloor(Image image, PullRegistry registry) {
    this.image = image;
    this.registry = registry;
  }

  void run(Path directory, Samples samples) throws IOException {
    double download = seconds(download());
    double decompress = seconds(decompress());
    double write = write(directory);
    samples.add("download", download);
    samples.add("decompress", decompress);
    samples.add("write", write);
    samples.add(PULL, Math.max(download, Math.max(decompress, write)));
  }

  private List<String> download() throws IOException {
    List<String> command = new ArrayList<>(List.of("curl", "--silent", "--fail"));
    for (Path blob : image.blobs()) {
      command.addAll(List.of("-o", "/dev/null", registry.blob(image, blob)));
    }
    return command;
  }

  private List<String> decompress() {
    String program = image.zstd() ? "zstd -q -dc" : "igzip -dc";
    List<String> command =
        new ArrayList<>(
            List.of(
                "sh", "-c", "for f; do " + program + " <\"$f\" >/dev/null || exit; done", "sh"));
    image.blobs().forEach(blob -> command.add(blob.toString()));
    return command;
  }

  private double write(Path directory) throws IOException {
    Files.createDirectories(directory);
    String script =
        """
        d=$1; shift; i=0
        for f; do
          i=$((i+1)); mkdir "$d/$i" && tar -xf "$f" -C "$d/$i" || exit
        done
        sync -f "$d"\
        """;
    List<String> command = new ArrayList<>(List.of("sh", "-c", script, "sh", "" + directory));
    image.archives().forEach(archive -> command.add(archive.toString()));
    Programs.run(List.of("sync"));
    return seconds(command);
  }

  private static double seconds(List<String> command) throws IOException {
    long start = System.nanoTime();
    Programs.run(command);
    return (System.nanoTime() - start) / 1e9;
  }
}
