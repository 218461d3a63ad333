package dev.gantry.daemon.imageservice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.ImageStatusRequest;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.RemoveImageRequest;
import dev.gantry.image.ImagePuller;
import dev.gantry.image.ImageStore;
import dev.gantry.image.RegistryException;
import dev.gantry.image.registry.RegistryClient;
import dev.gantry.image.registry.RegistrySettings;
import dev.gantry.oci.Platform;
import dev.gantry.testkit.HostileRegistry;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Names without a registry, from the pull to the removal. */
class ImageNamingTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  private static ImageSpec spec(String name) {
    return ImageSpec.newBuilder().setImage(name).build();
  }

  private void conf(String text) throws IOException {
    Files.writeString(dirs.path("registries.conf"), text);
  }

  @Test
  void aShortNameMeansTheSameFromPullToRemoval() throws Exception {
    var image = TestImage.builder().layer(TarEntry.file("a", "a")).build();
    var client =
        new RegistryClient(
            RegistrySettings.of(List.of()).withRegistriesConf(dirs.path("registries.conf")));
    try (var empty = HostileRegistry.start();
        var registry = HostileRegistry.start();
        var store = ImageStore.open(dirs.path("images"));
        var puller = new ImagePuller(store, client, Platform.host())) {
      registry.serve("ns/app", "1", image);
      registry.serve("tool", "1", image);
      conf(
          "unqualified-search-registries = [\"%s\", \"%s\"]\n[aliases]\napp = \"%s/ns/app\"\n"
              .formatted(empty.host(), registry.host(), registry.host()));
      var names = new ImageNaming(store, puller.shortNames());
      var pull = new PullImage(puller);
      var status = new ImageStatus(names);
      for (String name : List.of("app:1", "tool:1")) {
        assertThat(status.handle(ImageStatusRequest.newBuilder().setImage(spec(name)).build()))
            .matches(r -> !r.hasImage());
        pull.handle(PullImageRequest.newBuilder().setImage(spec(name)).build());
        assertThat(
                status
                    .handle(ImageStatusRequest.newBuilder().setImage(spec(name)).build())
                    .getImage()
                    .getRepoTagsList())
            .contains(registry.host() + (name.startsWith("app") ? "/ns/" : "/") + name);
      }
      assertThatThrownBy(
              () -> pull.handle(PullImageRequest.newBuilder().setImage(spec("none:1")).build()))
          .isInstanceOf(RegistryException.class)
          .hasMessageContaining(empty.host() + "/v2: 404")
          .hasMessageContaining(registry.host() + "/v2: 404");
      conf("broken");
      assertThatThrownBy(
              () -> pull.handle(PullImageRequest.newBuilder().setImage(spec("app:1")).build()))
          .hasMessageContaining("registries.conf, line 1");
      String id = store.list().getFirst().id().toString();
      assertThat(
              status
                  .handle(ImageStatusRequest.newBuilder().setImage(spec(id)).build())
                  .getImage()
                  .getId())
          .isEqualTo(id);
      conf("[aliases]\napp = \"%s/ns/app\"\n".formatted(registry.host()));
      var remove = new RemoveImage(store, names);
      remove.handle(RemoveImageRequest.newBuilder().setImage(spec("app:1")).build());
      assertThat(store.find(registry.host() + "/ns/app:1")).isEmpty();
    }
  }
}
