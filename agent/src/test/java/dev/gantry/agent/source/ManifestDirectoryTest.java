package dev.gantry.agent.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ManifestDirectoryTest {
  private static final String POD =
      """
      apiVersion: v1
      kind: Pod
      metadata: {name: web}
      spec: {containers: [{name: main, image: a}]}
      """;

  @TempDir Path directory;

  /** As an editor leaves it for a moment: it empties the file, then writes. */
  @Test
  void anEmptiedFileEndsNoPod() throws IOException {
    Path file = Files.writeString(directory.resolve("web.yaml"), POD);
    try (var manifests = new ManifestDirectory(directory, () -> {})) {
      manifests.read();
      assertThat(manifests.objects()).hasSize(1);

      Files.writeString(file, "");
      manifests.read();
      assertThat(manifests.objects()).hasSize(1);
      assertThat(manifests.problems()).singleElement().asString().contains("web.yaml is empty");

      Files.writeString(file, POD.replace("web", "new"));
      manifests.read();
      assertThat(manifests.objects().getFirst().metadata().name()).isEqualTo("new");
      assertThat(manifests.problems()).isEmpty();

      Files.delete(file);
      manifests.read();
      assertThat(manifests.objects()).isEmpty();
    }
  }
}
