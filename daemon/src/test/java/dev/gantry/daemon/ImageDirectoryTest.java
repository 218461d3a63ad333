package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.Image;
import dev.gantry.cri.v1.ImageFsInfoRequest;
import dev.gantry.cri.v1.ImageFsInfoResponse;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.ListImagesRequest;
import dev.gantry.linux.mount.Mounts;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.Registry;
import dev.gantry.testkit.TestDirs;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Images on a file system of their own, pinned ones, and artifacts among them. */
class ImageDirectoryTest {
  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private final TestDirs dirs = new TestDirs();
  private Path disk;
  private Node node;

  @BeforeEach
  void start() throws IOException {
    disk = dirs.dir("disk");
    Mounts.tmpfs(disk, 64 << 20, 0755);
    node =
        Node.options()
            .images("directory = \"%s/images\"\npinned = [\"*busybox*\"]".formatted(disk))
            .start();
  }

  @AfterEach
  void stop() throws IOException {
    try {
      node.close();
    } finally {
      Mounts.unmount(disk);
      dirs.close();
    }
  }

  private List<Image> list() {
    return node.images().listImages(ListImagesRequest.getDefaultInstance()).getImagesList();
  }

  @Test
  void containersRunFromItAndItsUseIsTold() {
    assertThat(list()).hasSize(1).allMatch(Image::getPinned);
    TestPod pod = node.pod("disk").hostNetwork().run();
    TestContainer container = pod.start(pod.container("main", "sleep", "3600"));
    assertThat(container.sh("echo works")).isEqualTo("works");
    ImageFsInfoResponse told = node.images().imageFsInfo(ImageFsInfoRequest.getDefaultInstance());
    assertThat(told.getImageFilesystems(0).getFsId().getMountpoint())
        .isEqualTo(disk.resolve("images").toString());
    assertThat(told.getImageFilesystems(0).getUsedBytes().getValue()).isPositive();
    assertThat(told.getContainerFilesystems(0).getFsId().getMountpoint())
        .isEqualTo(node.config.root().resolve("containers").toString());
    node.removeAllPods();
  }

  @Test
  void noContainerIsMadeOfAnArtifact() {
    try (Registry registry = Registry.start()) {
      ImageSpec artifact = Hosts.pullArtifact(node, registry);
      assertThat(list()).hasSize(2);
      TestPod pod = node.pod("artifact").hostNetwork().run();
      assertFails(
          () -> pod.create(pod.shell("main", "true").setImage(artifact)),
          Code.INVALID_ARGUMENT,
          artifact.getImage(),
          "artifact of type application/vnd.test.model");
      node.removeAllPods();
    }
  }
}
