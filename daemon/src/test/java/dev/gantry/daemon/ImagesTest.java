package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.cri.gantry.ImportImagesResponse;
import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.cri.v1.FilesystemUsage;
import dev.gantry.cri.v1.Image;
import dev.gantry.cri.v1.ImageFilter;
import dev.gantry.cri.v1.ImageFsInfoRequest;
import dev.gantry.cri.v1.ImageFsInfoResponse;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.ImageStatusRequest;
import dev.gantry.cri.v1.ImageStatusResponse;
import dev.gantry.cri.v1.ListImagesRequest;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.RemoveImageRequest;
import dev.gantry.cri.v1.Signal;
import dev.gantry.linux.file.DiskUsage;
import dev.gantry.testkit.ImageArchive;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.Registry;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TestImage;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Images from a real registry and from archives, and containers made of them. */
class ImagesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static Node node;
  private static Registry registry;

  @BeforeAll
  static void startNode() {
    registry = Registry.start();
    node = Node.options().withoutImage().start();
    Hosts.plain(node, registry.host());
  }

  @AfterAll
  static void stopNode() {
    node.close();
    registry.close();
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    node.removeAllPods();
    for (Image image : list()) {
      remove(image.getId());
    }
    assertThat(node.leftovers()).isEmpty();
    try (Stream<Path> layers = Files.list(node.config.root().resolve("images/layers"))) {
      assertThat(layers).isEmpty();
    }
  }

  private static ImageSpec spec(String name) {
    return ImageSpec.newBuilder().setImage(name).build();
  }

  private static String pull(String name) {
    return node.images()
        .pullImage(PullImageRequest.newBuilder().setImage(spec(name)).build())
        .getImageRef();
  }

  private static void remove(String name) {
    node.images().removeImage(RemoveImageRequest.newBuilder().setImage(spec(name)).build());
  }

  private static ImageStatusResponse status(String name) {
    return node.images()
        .imageStatus(ImageStatusRequest.newBuilder().setImage(spec(name)).setVerbose(true).build());
  }

  private static List<Image> list() {
    return node.images().listImages(ListImagesRequest.getDefaultInstance()).getImagesList();
  }

  @Test
  void isPulledByTagAndByDigest() {
    TestImage image = TestImage.busyboxBuilder().user("33").build();
    String byTag = registry.push("app", "1", image);
    String byDigest = registry.host() + "/app@" + image.digest();

    assertThat(pull(byTag)).isEqualTo(image.id());
    assertThat(pull(byDigest)).isEqualTo(image.id());
    assertThat(pull(byTag)).isEqualTo(image.id());

    Image stored = status(byTag).getImage();
    assertThat(stored.getId()).isEqualTo(image.id());
    assertThat(stored.getRepoTagsList()).containsExactly(byTag);
    assertThat(stored.getRepoDigestsList()).containsExactly(byDigest);
    assertThat(stored.getSize()).isPositive();
    assertThat(stored.getUid().getValue()).isEqualTo(33);
    assertThat(status(byTag).getInfoMap()).containsKey("info");
    for (String name : List.of(byDigest, image.id(), image.id().substring(7, 20))) {
      assertThat(status(name).getImage()).as(name).isEqualTo(stored);
    }
    assertThat(list()).containsExactly(stored);
    assertThat(listed(byTag)).containsExactly(stored);
    assertThat(listed("no.such/image:1")).isEmpty();
  }

  private static List<Image> listed(String name) {
    return node.images()
        .listImages(
            ListImagesRequest.newBuilder()
                .setFilter(ImageFilter.newBuilder().setImage(spec(name)))
                .build())
        .getImagesList();
  }

  @Test
  void aMissingImageIsAnEmptyAnswerAndRemovingItASuccess() {
    for (String name :
        List.of("no.such/image:1", "sha256:" + "0".repeat(64), "busybox", "0123456789ab")) {
      assertThat(status(name)).as(name).isEqualTo(ImageStatusResponse.getDefaultInstance());
      remove(name);
    }
  }

  @Test
  void aTagThatMovedLeavesTheOldImageWithoutIt() {
    TestImage old = TestImage.busyboxBuilder().env("V=1").build();
    TestImage young = TestImage.busyboxBuilder().env("V=2").build();
    String name = registry.push("moved", "latest", old);
    pull(name);
    registry.push("moved", "latest", young);
    pull(name);

    assertThat(status(name).getImage().getId()).isEqualTo(young.id());
    assertThat(status(old.id()).getImage().getRepoTagsList()).isEmpty();
  }

  @Test
  void removingByAnyNameRemovesAll() {
    TestImage image = TestImage.busybox();
    String one = registry.push("app", "one", image);
    String two = registry.push("app", "two", image);
    pull(one);
    pull(two);

    assertThat(status(one).getImage().getRepoTagsList()).containsExactlyInAnyOrder(one, two);

    // The CRI wants all tags to go with the image.
    remove(one);
    assertThat(list()).isEmpty();
    remove(two);
    pull(two);
    remove(image.id());
    assertThat(list()).isEmpty();
  }

  @Test
  void statusesOfContainersNameTheImageInEveryForm() {
    TestImage image =
        TestImage.busyboxBuilder()
            .user("www-data")
            .workingDir("/var")
            .env("PATH=/bin", "FROM_IMAGE=yes")
            .entrypoint("sh", "-c")
            .cmd(
                "trap 'exit 9' QUIT; id -un; pwd; echo $FROM_IMAGE;"
                    + " while :; do sleep 0.05; done")
            .stopSignal("SIGQUIT")
            .build();
    String name = registry.push("team/app", "1.2", image);
    String id = pull(name);
    pull(registry.push("team/app", "stable", image));
    // Not the first tag, which is told where the request names none.
    String named = status(id).getImage().getRepoTags(1);
    TestPod pod = node.pod("status").hostNetwork().run();
    var config =
        pod.container("main")
            .setImage(spec(id).toBuilder().setUserSpecifiedImage(named))
            .putLabels("a", "b")
            .putAnnotations("c", "d")
            .addMounts(
                Mount.newBuilder()
                    .setContainerPath("/data")
                    .setHostPath(node.dirs.dir("data").toString())
                    .setReadonly(true));
    Edit.resources(config, resources -> resources.setCpuShares(256));
    TestContainer container = pod.start(config);
    container.awaitLine("yes");

    ContainerStatus status = container.status();

    assertThat(container.logLines()).containsExactly("www-data", "/var", "yes");
    assertThat(status.getImage().getImage()).isEqualTo(named);
    assertThat(status.getImage().getUserSpecifiedImage()).isEqualTo(named);
    assertThat(status.getImageRef()).isEqualTo(registry.host() + "/team/app@" + image.digest());
    assertThat(status.getImageId()).isEqualTo(image.id());
    assertThat(status.getUser().getLinux().getUid()).isEqualTo(33);
    assertThat(status.getUser().getLinux().getGid()).isEqualTo(33);
    assertThat(status.getUser().getLinux().getSupplementalGroupsList()).contains(4L);
    assertThat(status.getStopSignal()).isEqualTo(Signal.SIGNAL_SIGQUIT);
    assertThat(status.getMountsList()).isEqualTo(config.getMountsList());
    assertThat(status.getResources().getLinux().getCpuShares()).isEqualTo(256);
    assertThat(status.getLogPath()).isEqualTo(pod.logDirectory().resolve("main.log").toString());
    assertThat(status.getLabelsMap()).containsExactly(Map.entry("a", "b"));
    assertThat(status.getAnnotationsMap()).containsExactly(Map.entry("c", "d"));
    assertThat(status.getMetadata()).isEqualTo(config.getMetadata());
    container.stop(60);
    assertThat(container.status().getExitCode()).isEqualTo(9);
  }

  @Test
  void layersOfARemovedImageStayWhileAContainerUsesThem() {
    String name = registry.push("used", "1", TestImage.busybox());
    pull(name);
    TestPod pod = node.pod("used").hostNetwork().run();
    TestContainer container =
        pod.start(pod.container("main", "sleep", "3600").setImage(spec(name)));

    remove(name);

    assertThat(list()).isEmpty();
    assertThat(container.sh("busybox echo works")).isEqualTo("works");
    assertFails(
        () -> pod.create(pod.shell("late", "true").setImage(spec(name))),
        Code.NOT_FOUND,
        name,
        "pull");
  }

  @Test
  void manyLayersWithWhiteouts() {
    var builder = TestImage.busyboxBuilder();
    for (int i = 0; i < 20; i++) {
      builder.layer(TarEntry.file("etc/layer", "layer " + i), TarEntry.file("etc/only" + i, "x"));
    }
    builder.layer(TarEntry.whiteout("etc/only3"));
    String name = registry.push("deep", "1", builder.build());
    pull(name);
    TestPod pod = node.pod("deep").hostNetwork().run();
    TestContainer container =
        pod.start(pod.container("main", "sleep", "3600").setImage(spec(name)));

    assertThat(container.sh("cat /etc/layer")).isEqualTo("layer 19");
    assertThat(container.sh("ls /etc | grep -c only")).isEqualTo("19");
  }

  @Test
  void theUseOfTheDiskIsTold() throws IOException {
    pull(registry.push("disk", "1", TestImage.busybox()));
    TestPod pod = node.pod("disk").hostNetwork().run();
    pod.start(
        pod.shell("main", "head -c 3000000 /dev/zero > /big; sleep 3600")
            .setImage(spec(TestImage.busybox().id())));

    FilesystemUsage images = fsInfo().getImageFilesystems(0);

    assertThat(images.getTimestamp()).isPositive();
    assertThat(images.getFsId().getMountpoint()).isEqualTo(node.config.root() + "/images");
    assertThat(images.getUsedBytes().getValue()).isGreaterThan(1_000_000L);
    long inodes = DiskUsage.of(node.config.root().resolve("images/layers")).inodes();
    assertThat(images.getInodesUsed().getValue()).isBetween(inodes - 1, inodes + 10);
    await()
        .atMost(PATIENCE)
        .until(() -> fsInfo().getContainerFilesystems(0).getUsedBytes().getValue() >= 3_000_000L);
  }

  private static ImageFsInfoResponse fsInfo() {
    return node.images().imageFsInfo(ImageFsInfoRequest.getDefaultInstance());
  }

  private static ImportImagesResponse importFile(Path file) throws IOException {
    return node.importArchive(file);
  }

  @Test
  void archivesOfBothKindsAreImported() throws IOException {
    TestImage oci = TestImage.busyboxBuilder().env("KIND=oci").build();
    TestImage docker = TestImage.busyboxBuilder().env("KIND=docker").build();
    Path layout = node.dirs.path("layout.tar");
    Path saved = node.dirs.path("saved.tar");
    ImageArchive.ociLayout(layout, Map.of("test.example/oci:1", oci));
    ImageArchive.dockerSave(saved, Map.of("saved:1", docker));

    ImportImagesResponse first = importFile(layout);
    ImportImagesResponse second = importFile(saved);
    importFile(saved);

    assertThat(first.getImages(0).getId()).isEqualTo(oci.id());
    assertThat(first.getImages(0).getNamesList()).containsExactly("test.example/oci:1");
    assertThat(second.getImages(0).getId()).isEqualTo(docker.id());
    assertThat(second.getImages(0).getNamesList()).containsExactly("docker.io/library/saved:1");
    assertThat(status("saved:1").getImage().getId()).isEqualTo(docker.id());
    assertThat(list()).hasSize(2);
  }

  @Test
  void whatIsNoArchiveIsRefused() throws IOException {
    Path junk = Files.writeString(node.dirs.path("junk.tar"), "junk".repeat(1000));
    assertFails(() -> importFile(junk), Code.INVALID_ARGUMENT, "junk.tar");
    Path empty = Files.createFile(node.dirs.path("empty.tar"));
    assertFails(() -> importFile(empty), Code.INVALID_ARGUMENT, "empty.tar");
    assertThat(list()).isEmpty();
  }
}
