package dev.gantry.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.linux.process.Spawn;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A tmpfs that a test fills. */
final class SmallDisk {
  private SmallDisk() {}

  /**
   * Mounts one; whoever does so unmounts it.
   *
   * @param options {@code size=256k}, {@code nr_inodes=12}
   */
  static void mount(Path dir, String options) throws IOException {
    Files.createDirectories(dir);
    Spawn.Result mounted =
        Spawn.of("mount", "-t", "tmpfs", "-o", options, "small", dir.toString())
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .run(Duration.ofSeconds(60), 1 << 16);
    assertThat(mounted.success()).as(mounted.stderr().toString()).isTrue();
  }

  /** The file that {@link #fillBytes} makes. */
  static Path filler(Path dir) {
    return dir.resolve("filler");
  }

  static void fillBytes(Path dir) throws IOException {
    try (OutputStream out = Files.newOutputStream(filler(dir))) {
      while (true) {
        out.write(new byte[4096]);
      }
    } catch (IOException e) {
      assertThat(e.getMessage()).contains("No space");
    }
  }

  /** Makes files until there is room for no more of them; their names begin as the filler's. */
  static List<Path> fillInodes(Path dir) throws IOException {
    List<Path> files = new ArrayList<>();
    try {
      while (true) {
        files.add(Files.createFile(dir.resolve("filler" + files.size())));
      }
    } catch (FileSystemException e) {
      assertThat(e.getReason()).contains("No space");
      return files;
    }
  }
}
