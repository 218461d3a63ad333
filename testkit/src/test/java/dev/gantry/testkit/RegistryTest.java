package dev.gantry.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What others make of these images: skopeo and umoci are the judges. */
@ExtendWith(LeakCheck.class)
class RegistryTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  @Test
  void servesImagesAndIndexesInBothFormats() {
    try (Registry registry = Registry.start()) {
      for (TestImage.Format format : TestImage.Format.values()) {
        TestImage image =
            TestImage.builder()
                .format(format)
                .layer(TarEntry.dir("a", 0755), TarEntry.file("a/b", "hello"))
                .layer(TestLayer.plain(List.of(TarEntry.whiteout("a/b"))))
                .cmd("x")
                .build();
        String repository = "test/" + format.name().toLowerCase(Locale.ROOT);
        String name = registry.push(repository, "1", image);
        assertThat(name).isEqualTo(registry.host() + "/" + repository + ":1");
        assertThat(skopeo("inspect", "--tls-verify=false", "docker://" + name))
            .contains(image.digest())
            .contains(image.layers().getFirst().digest());
        assertThat(skopeo("inspect", "--tls-verify=false", "--config", "docker://" + name))
            .contains(image.layers().getLast().diffId());

        TestImage arm = TestImage.builder().format(format).platform("linux", "arm", "v7").build();
        String index = registry.push(repository, "all", TestIndex.of(image, arm));
        assertThat(
                skopeo(
                    "--override-arch=arm",
                    "inspect",
                    "--tls-verify=false",
                    "--config",
                    "docker://" + index))
            .contains("\"variant\": \"v7\"");
      }
    }
  }

  @Test
  void wantsALogin() {
    try (Registry registry = Registry.startWithLogin()) {
      String name = registry.push("a", "1", TestImage.builder().build());
      assertThat(
              Commands.run("skopeo", "inspect", "--tls-verify=false", "docker://" + name).output())
          .contains("authentication required");
      assertThat(
              skopeo(
                  "inspect",
                  "--tls-verify=false",
                  "--creds=" + Registry.USER + ":" + Registry.PASSWORD,
                  "docker://" + name))
          .contains("Digest");
    }
  }

  @Test
  void keepsImagesOverARestart() {
    Path data;
    try (Registry registry = Registry.start()) {
      String name = registry.push("a", "1", TestImage.builder().build());
      data = registry.data();
      registry.stop();
      assertThat(Commands.run("skopeo", "inspect", "--tls-verify=false", "docker://" + name).exit())
          .isNotZero();
      registry.restart();
      assertThat(skopeo("inspect", "--tls-verify=false", "docker://" + name)).contains("Digest");
    }
    assertThat(data).doesNotExist();
  }

  @Test
  void archivesAreReadByOthers() throws IOException {
    TestImage image = TestImage.busyboxBuilder().layer(TarEntry.file("x", "y")).build();
    Path layout = dirs.path("oci.tar");
    ImageArchive.ociLayout(
        layout, Map.of("example.com/a:1", TestIndex.of(image, TestImage.builder().build())));
    assertThat(skopeo("inspect", "--raw", "oci-archive:" + layout)).contains(image.digest());
    Path saved = dirs.path("docker.tar");
    ImageArchive.dockerSave(saved, Map.of("example.com/a:1", image));
    assertThat(skopeo("inspect", "--config", "docker-archive:" + saved))
        .contains(image.layers().getLast().diffId());
  }

  @Test
  void busyboxRuns() throws IOException {
    Path layout = dirs.path("oci.tar");
    ImageArchive.ociLayout(layout, Map.of("busybox:1", TestImage.busybox()));
    Path directory = dirs.path("layout");
    skopeo("copy", "oci-archive:" + layout, "oci:" + directory + ":1");
    Path bundle = dirs.path("bundle");
    assertThat(
            Commands.run("umoci", "raw", "unpack", "--image", directory + ":1", bundle.toString())
                .output())
        .doesNotContain("error");
    String shell = "id www-data; ls -ld /tmp /root; echo $((6*7))";
    Commands.Result result = Commands.run("chroot", bundle.toString(), "/bin/sh", "-c", shell);
    assertThat(result.output())
        .contains("uid=33(www-data) gid=33(www-data) groups=33(www-data),4(adm)")
        .contains("drwxrwxrwt", "drwx------", "42");
    assertThat(result.exit()).isZero();
    assertThat(Files.getPosixFilePermissions(bundle.resolve("etc/passwd")))
        .isEqualTo(PosixFilePermissions.fromString("rw-r--r--"));
  }

  private static String skopeo(String... arguments) {
    String[] command = new String[arguments.length + 1];
    command[0] = "skopeo";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    Commands.Result result = Commands.run(command);
    assertThat(result.exit()).as(result.output()).isZero();
    return result.output();
  }
}
