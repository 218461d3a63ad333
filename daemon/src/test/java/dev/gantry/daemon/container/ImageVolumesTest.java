package dev.gantry.daemon.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.Mount;
import dev.gantry.daemon.spec.BindMount;
import dev.gantry.linux.mount.MountTable;
import dev.gantry.linux.mount.Mounts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The overlay of an image volume. */
class ImageVolumesTest {
  @TempDir Path dir;

  /** It is SELinux's context that is passed so, which no kernel tested on takes. */
  @Test
  void theOverlayHasTheOptionsOfTheRoots() throws Exception {
    Path layer = Files.createDirectory(dir.resolve("layer"));
    Files.writeString(layer.resolve("file"), "of the image");
    Path target = dir.resolve("volume");
    try {
      BindMount bind =
          ImageVolumes.make(
              Mount.newBuilder().setContainerPath("/m").build(),
              List.of(layer),
              target,
              null,
              Map.of("redirect_dir", "nofollow"));
      assertThat(bind.source().resolve("file")).hasContent("of the image");
      assertThat(MountTable.at(target).orElseThrow().superOptions())
          .contains("redirect_dir=nofollow");
    } finally {
      Mounts.unmount(target);
    }
  }
}
