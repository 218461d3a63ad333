package dev.gantry.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TarTest {
  @TempDir private Path directory;

  @Test
  void theSystemsTarReadsIt() throws Exception {
    Tar tar = new Tar();
    tar.directory("bin", 0755);
    tar.file("bin/tool", 0750, "content".getBytes(StandardCharsets.UTF_8));
    tar.file("empty", 0644, new byte[0]);
    tar.file("block", 0644, new byte[512]);
    tar.symlink("bin/link", "tool");
    Path archive = Files.write(directory.resolve("a.tar"), tar.bytes());
    Process process =
        new ProcessBuilder("tar", "-xpf", archive.toString(), "-C", directory.toString())
            .redirectErrorStream(true)
            .start();
    assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEmpty();
    assertThat(process.waitFor()).isZero();
    assertThat(directory.resolve("bin/link")).isSymbolicLink().hasContent("content");
    assertThat(Files.getPosixFilePermissions(directory.resolve("bin/tool"))).hasSize(5);
    assertThat(directory.resolve("empty")).isEmptyFile();
    assertThat(directory.resolve("block")).hasSize(512);
  }

  @Test
  void aNameThatIsTooLongIsRefused() {
    assertThatThrownBy(() -> new Tar().directory("d".repeat(100), 0755))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("longer than 100 bytes");
  }
}
