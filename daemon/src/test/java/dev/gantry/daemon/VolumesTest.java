package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.ListImagesRequest;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.MountPropagation;
import dev.gantry.cri.v1.RemoveImageRequest;
import dev.gantry.linux.mount.MountTable;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.Registry;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TestImage;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Volumes made of images, and those that an image declares, with each OCI runtime. */
class VolumesTest {
  private static final String LAYERED = "test.example/layered:1";
  private static final String DECLARING = "test.example/declaring:1";

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static @Nullable Node shared;

  private final Node node = Objects.requireNonNull(shared);

  @BeforeAll
  static void startNode() throws IOException {
    Node made = Node.options().inOwnProcess().eachRuntime().start();
    shared = made;
    made.importImage(
        LAYERED,
        TestImage.builder()
            .layer(
                TarEntry.dir("models", 0755),
                TarEntry.file("models/weights", "old"),
                TarEntry.file("models/gone", "old"),
                TarEntry.file("run", 0755, "#!/bin/sh\necho ran\n".getBytes(UTF_8)),
                TarEntry.symlink("current", "/models"),
                TarEntry.symlink("escape", "../../../../../../etc"))
            .layer(TarEntry.file("models/weights", "new"), TarEntry.whiteout("models/gone"))
            .build());
    made.importImage(
        DECLARING,
        TestImage.busyboxBuilder()
            .layer(
                TarEntry.dir("data", 0700),
                TarEntry.file("data/seed", "of the image"),
                TarEntry.symlink("escape", "/../../../../../../../../../../etc"))
            .volumes("/data", "/made/here", "/escape", "/etc/hosts", "/asked/below", "/proc/x")
            .build());
  }

  @AfterAll
  static void stopNode() {
    if (shared != null) {
      shared.close();
    }
  }

  @AfterEach
  void nothingIsLeft() {
    node.removeAllPods();
    assertThat(node.leftovers()).isEmpty();
  }

  private TestPod pod(String runtime) {
    return node.pod("volumes-" + runtime).handler(runtime).hostNetwork().run();
  }

  private static ImageSpec spec(String name) {
    return ImageSpec.newBuilder().setImage(name).build();
  }

  private static Mount.Builder volume(String image, String target) {
    return Mount.newBuilder().setImage(spec(image)).setContainerPath(target).setReadonly(true);
  }

  @WithEachRuntime
  void anImageIsAVolume(String runtime) {
    TestPod pod = pod(runtime);
    TestContainer container =
        pod.start(
            pod.sleeper(
                volume(LAYERED, "/all"),
                volume(LAYERED, "/models").setImageSubPath("models"),
                volume(LAYERED, "/current").setImageSubPath("current"),
                volume(LAYERED, "/noexec").addMountOptions("noexec"),
                volume(LAYERED, "/told")
                    .setPropagation(MountPropagation.PROPAGATION_HOST_TO_CONTAINER)));

    assertThat(container.sh("ls /all")).isEqualTo("current\nescape\nmodels\nrun");
    assertThat(container.sh("cat /all/models/weights /models/weights /current/weights"))
        .isEqualTo("newnewnew");
    assertThat(container.exec("ls", "/models/gone").getExitCode()).isNotZero();
    assertThat(container.exec("touch", "/all/file").getExitCode()).isNotZero();
    assertThat(container.exec("touch", "/models/weights").getExitCode()).isNotZero();
    assertThat(container.sh("/all/run")).isEqualTo("ran");
    assertThat(container.exec("sh", "-c", "/noexec/run").getExitCode()).isEqualTo(126);
    assertThat(container.sh("grep ' /all ' /proc/self/mountinfo"))
        .contains("ro,", "nosuid", "nodev")
        .doesNotContain("noexec");
    assertThat(container.sh("cat /told/models/weights")).isEqualTo("new");
    assertThat(container.sh("grep ' /told ' /proc/self/mountinfo")).doesNotContain("master:");
    ImageSpec told = container.status().getMounts(0).getImage();
    assertThat(told.getImage()).isEqualTo(LAYERED);
    assertThat(told.getImageRef()).startsWith("test.example/layered@sha256:");
    assertThat(container.status().getMounts(1).getImageSubPath()).isEqualTo("models");
  }

  @WithEachRuntime
  void theNodeDoesNotSeeWhatAContainerHasMounted(String runtime) throws IOException {
    TestPod pod = pod(runtime);
    TestContainer container = pod.create(pod.sleeper(volume(LAYERED, "/all")));
    Path bundle = node.dirs.state().resolve("containers").resolve(container.id);
    assertThat(MountTable.under(bundle)).isEmpty();
    assertThat(bundle.resolve("rootfs")).isEmptyDirectory();

    container.start();
    assertThat(container.sh("touch /new; ls /all/models")).isEqualTo("weights");
    assertThat(told(container, "rootfs").resolve("new")).exists();
    assertThat(told(container, "writableLayer").resolve("new")).exists();

    container.stop(0);
    assertThat(told(container, "rootfs")).isEqualTo(Path.of(""));
  }

  private static Path told(TestContainer container, String key) {
    return Path.of(container.info().replaceAll("(?s).*\"" + key + "\":\\s*\"([^\"]*)\".*", "$1"));
  }

  @Test
  void whatAnImageVolumeCannotBeIsRefused() {
    TestPod pod = pod("crun");
    refused(pod, volume("test.example/none:1", "/m"), Code.NOT_FOUND, "mounts[/m].image", "none:1");
    refused(pod, volume(LAYERED, "/m").setReadonly(false), Code.INVALID_ARGUMENT, "readonly");
    refused(pod, volume(LAYERED, "/m").setHostPath("/tmp"), Code.INVALID_ARGUMENT, "host_path");
    refused(
        pod,
        volume(LAYERED, "/m").setPropagation(MountPropagation.PROPAGATION_BIDIRECTIONAL),
        Code.INVALID_ARGUMENT,
        "mounts[/m].propagation");
    for (String path : List.of("none", "run", "models/weights", "escape", "escape/ssl")) {
      refused(
          pod,
          volume(LAYERED, "/m").setImageSubPath(path),
          Code.INVALID_ARGUMENT,
          "image_sub_path",
          path);
    }
    for (String path : List.of("/models", "../x", "models/../../x", "models\0")) {
      refused(
          pod,
          volume(LAYERED, "/m").setImageSubPath(path),
          Code.INVALID_ARGUMENT,
          "mounts[/m].image_sub_path",
          "relative");
    }
    refused(
        pod,
        Mount.newBuilder().setContainerPath("/m").setHostPath("/tmp").setImageSubPath("a"),
        Code.INVALID_ARGUMENT,
        "image_sub_path");
  }

  private void refused(TestPod pod, Mount.Builder mount, Code code, String... parts) {
    assertFails(() -> pod.create(pod.sleeper(mount)), code, parts);
    assertThat(node.config.state().resolve("containers")).isEmptyDirectory();
  }

  @Test
  void anArtifactIsAVolume() {
    try (Registry registry = Registry.start()) {
      ImageSpec artifact = Hosts.pullArtifact(node, registry);
      TestPod pod = pod("crun");
      TestContainer container = pod.start(pod.sleeper(volume(artifact.getImage(), "/model")));
      assertThat(container.sh("cat /model/*")).isEqualTo("data");
      node.removeAllPods();
      node.images().removeImage(RemoveImageRequest.newBuilder().setImage(artifact).build());
    }
  }

  /** Also by a daemon that was killed: the leases are in the record. */
  @Test
  void aRemovedImageStaysForWhoHasItAsAVolumeAndAKilledDaemonLeavesNothing() throws IOException {
    String name = "test.example/leased:1";
    node.importImage(name, TestImage.builder().layer(TarEntry.file("file", "leased")).build());
    TestPod pod = pod("crun");
    TestContainer container = pod.start(pod.sleeper(volume(name, "/leased")));
    node.images().removeImage(RemoveImageRequest.newBuilder().setImage(spec(name)).build());
    assertThat(
            node
                .images()
                .listImages(ListImagesRequest.getDefaultInstance())
                .getImagesList()
                .stream()
                .flatMap(image -> image.getRepoTagsList().stream()))
        .doesNotContain(name);

    node.kill();
    node.boot();

    assertThat(container.sh("echo 3 > /proc/sys/vm/drop_caches 2>/dev/null; cat /leased/file"))
        .isEqualTo("leased");
    node.kill();
    node.boot();
    node.removeAllPods();
    assertThat(node.leftovers()).isEmpty();
  }

  @WithEachRuntime
  void aDeclaredVolumeIsWritableAlsoInAReadOnlyRoot(String runtime) {
    TestPod pod = pod(runtime);
    var config =
        pod.sleeper(
                Mount.newBuilder()
                    .setContainerPath("/asked")
                    .setHostPath(node.dirs.dir("asked").toString()))
            .setImage(spec(DECLARING));
    Edit.security(config, security -> security.setReadonlyRootfs(true));
    TestContainer container = pod.start(config);

    assertThat(container.exec("touch", "/file").getExitCode()).isNotZero();
    assertThat(container.sh("cat /data/seed; echo more >> /data/seed; cat /data/seed"))
        .isEqualTo("of the imageof the imagemore");
    assertThat(container.sh("stat -c %a /data")).isEqualTo("700");
    container.sh("touch /made/here/file");
    // The image's link leads to its own /etc, not to the node's; and is a volume there.
    assertThat(container.sh("grep -c test-only-user /escape/passwd || true")).isEqualTo("0");
    assertThat(container.sh("grep -o ' /data ' /proc/self/mountinfo")).isEqualTo("/data");
    assertThat(container.sh("grep -c ' /asked/below ' /proc/self/mountinfo || true"))
        .isEqualTo("0");
    assertThat(node.config.root().resolve("containers/" + container.id + "/upper/data/seed"))
        .hasContent("of the imagemore");
  }
}
