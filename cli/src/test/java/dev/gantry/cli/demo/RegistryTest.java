package dev.gantry.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cli.local.ExampleImage;
import dev.gantry.cli.local.Http;
import dev.gantry.cli.local.Places;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryTest {
  @TempDir private Path directory;

  private Places places() {
    return new Places(directory, directory, "/none");
  }

  @AfterEach
  void stop() {
    Registry.stop(places());
  }

  @Test
  void theExampleImageIsPushedToARealRegistry() {
    ExampleImage image = ExampleImage.make();
    Registry registry = new Registry(places(), Registry.freePort());
    try (Http http = new Http()) {
      registry.start(http);
      registry.push(http, image, "gantry/demo", "1");
      String base = "http://" + registry.address() + "/v2/gantry/demo/";
      assertThat(http.fetch(URI.create(base + "tags/list"))).contains("\"1\"");
      assertThat(http.fetch(URI.create(base + "blobs/" + ExampleImage.digest(image.config()))))
          .contains("diff_ids");
    }
    assertThat(Registry.runs(places())).isTrue();
    Registry.stop(places());
    assertThat(Registry.runs(places())).isFalse();
  }
}
