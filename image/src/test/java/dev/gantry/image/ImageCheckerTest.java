package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.image.registry.HostsDirectory;
import dev.gantry.image.registry.RegistryClient;
import dev.gantry.image.registry.RetryPolicy;
import dev.gantry.linux.Fd;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.DiskUsage;
import dev.gantry.linux.file.Xattr;
import dev.gantry.linux.mount.Mounts;
import dev.gantry.testkit.Registry;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Damage in the store is found, named and repaired, wherever it is. */
class ImageCheckerTest {
  @SuppressWarnings("NullAway.Init")
  private static Registry registry;

  @RegisterExtension final TestDirs dirs = new TestDirs();

  private PullFixture pulls;
  private ImageChecker checker;
  private StoredImage image;

  @BeforeAll
  static void start() {
    registry = Registry.start();
  }

  @AfterAll
  static void stop() {
    registry.close();
  }

  @BeforeEach
  void pull() throws Exception {
    pulls = PullFixture.unpacking(dirs.base());
    checker = pulls.checker();
    String name =
        registry.push(
            "checked",
            "1",
            TestImage.builder()
                .layer(
                    TarEntry.dir("d", 0755).mtime(Instant.ofEpochSecond(5, 6)),
                    TarEntry.file("d/f", "content").xattr("user.x", new byte[] {1}),
                    TarEntry.hardLink("d/hard", "d/f"),
                    TarEntry.symlink("d/soft", "f"),
                    TarEntry.file("replaced", "first"),
                    TarEntry.file("replaced", "second"))
                // Leans on the layer below: "d" is only implied, and the link's target is there.
                .layer(
                    TarEntry.file("d/g", "more"),
                    TarEntry.hardLink("up", "replaced"),
                    TarEntry.whiteout("d/soft"))
                .build());
    image = pulls.pull(name);
  }

  @AfterEach
  void close() {
    checker.close();
    pulls.close();
  }

  private Path layer(int index) throws IOException {
    return pulls.store().lowerDirs(image).reversed().get(index);
  }

  private CheckReport check(boolean repair) throws Exception {
    return checker.check(repair, CheckListener.NONE);
  }

  /** Damage is found and named, repaired as told, and then nothing is wrong any more. */
  private void found(String problem, String outcome) throws Exception {
    CheckReport report = check(false);
    assertThat(report.findings()).hasSize(1);
    assertThat(report.isSound()).isFalse();
    assertThat(report.findings().getFirst().problem()).contains(problem);
    assertThat(report.findings().getFirst().images()).isEqualTo(image.repoTags());
    assertThat(report.findings().getFirst().outcome()).isEmpty();
    CheckReport repaired = check(true);
    assertThat(repaired.isSound()).as(repaired.toString()).isTrue();
    assertThat(repaired.findings().getFirst().outcome()).contains(outcome);
    assertThat(check(false).findings()).isEmpty();
    assertThat(pulls.leftovers()).noneMatch(name -> name.startsWith("tmp/"));
    assertThat(pulls.leftovers()).noneMatch(name -> name.startsWith("replaced/"));
  }

  @Test
  void nothingIsWrongWithWhatWasJustPulled() throws Exception {
    CheckReport report = check(true);
    assertThat(report.findings()).isEmpty();
    assertThat(report.images()).isEqualTo(1);
    assertThat(report.layers()).isEqualTo(2);
    pulls.reopen();
    checker = pulls.checker();
    assertThat(check(false).findings()).isEmpty();
  }

  @Test
  void contentIsFetchedAgain() throws Exception {
    Files.writeString(layer(0).resolve("d/f"), "CONTENT");
    found("archive of the stored layer", "127.0.0.1");
    assertThat(layer(0).resolve("d/f")).hasContent("content");
  }

  @Test
  void aLostFileIsFetchedAgain() throws Exception {
    Files.delete(layer(1).resolve("d/g"));
    found("d/g", "127.0.0.1");
    assertThat(layer(1).resolve("d/g")).hasContent("more");
    assertThat(layer(1).resolve("up")).hasContent("second");
  }

  @Test
  void attributesComeFromTheOwnArchive() throws Exception {
    String f = layer(0).resolve("d/f").toString();
    At.chmod(Fd.CWD, f, 0600);
    found("'d/f' mode is 0600, not 0644", "its own archive");
    At.chown(Fd.CWD, f, 5, 6);
    found("owner is 5:6, not 0:0", "its own archive");
    Xattr.set(Fd.CWD, f, "user.x", new byte[] {2});
    found("xattr user.x is another", "its own archive");
    Xattr.remove(Fd.CWD, f, "user.x");
    found("xattr user.x is missing", "its own archive");
    At.utimens(Fd.CWD, f, Instant.EPOCH, Instant.EPOCH);
    found("time is 1970-01-01T00:00:00Z", "its own archive");
    Files.writeString(layer(0).resolve("extra"), "x");
    found("'extra' does not belong here", "its own archive");
  }

  @Test
  void linksAndWhiteoutsToo() throws Exception {
    Files.delete(layer(0).resolve("d/hard"));
    Files.writeString(layer(0).resolve("d/hard"), "content");
    found("d/hard", "its own archive");
    Files.delete(layer(0).resolve("d/soft"));
    Files.createSymbolicLink(layer(0).resolve("d/soft"), Path.of("g"));
    found("target is g, not f", "its own archive");
    Files.delete(layer(1).resolve("d/soft"));
    found("'d/soft' is missing", "its own archive");
    Files.delete(layer(1).resolve("up"));
    found("'up' is missing", "its own archive");
  }

  @Test
  void recordsAndJournals() throws Exception {
    Files.writeString(layer(0).resolveSibling("layer"), "broken");
    found("its record is missing or damaged", "its own archive");
    Files.delete(layer(0).resolveSibling("journal"));
    found("no tar journal", "127.0.0.1");
    Files.writeString(layer(0).resolveSibling("journal"), "broken");
    found("tar journal", "127.0.0.1");
    Path record = pulls.directory.resolve("images").resolve(image.id().hex());
    Files.writeString(record, "broken");
    found("its record is missing or damaged", "written again");
    pulls.reopen();
    assertThat(pulls.store().list()).hasSize(1);
  }

  @Test
  void saysWhatCannotBeRepaired() throws Exception {
    pulls.store().tag(image.id().toString(), "example.invalid/moved:1");
    pulls.hosts("127.0.0.1:1", "");
    Files.delete(layer(0).resolve("d/f"));
    Files.delete(layer(0).resolve("d/hard"));
    try (var offline =
        new ImageChecker(
            pulls.store(),
            new RegistryClient(
                new HostsDirectory(List.of(blockedHosts())),
                Duration.ofSeconds(2),
                new RetryPolicy(1, Duration.ofMillis(1), Duration.ofMillis(1))))) {
      CheckReport report = offline.check(true, CheckListener.NONE);
      assertThat(report.isSound()).isFalse();
      assertThat(report.findings().getFirst().outcome())
          .contains("remove the image and pull or import it again")
          .contains("its own archive");
    }
    assertThat(pulls.store().list()).hasSize(1);
  }

  /** Mirrors that refuse connections in front of the registry, and no registry behind them. */
  private Path blockedHosts() throws IOException {
    Path certs = Files.createDirectories(dirs.path("blocked"));
    for (String host : new String[] {registry.host(), "example.invalid"}) {
      Files.createDirectories(certs.resolve(host));
      Files.writeString(certs.resolve(host + "/hosts.toml"), "server = \"http://127.0.0.1:1\"\n");
    }
    return certs;
  }

  @Test
  void aRunningContainerKeepsWhatItHasMounted() throws Exception {
    Path upper = Files.createDirectory(dirs.path("upper"));
    Path work = Files.createDirectory(dirs.path("work"));
    Path merged = Files.createDirectory(dirs.path("merged"));
    Mounts.overlay(
        new Mounts.OverlayMount(pulls.store().lowerDirs(image), upper, work, merged, Map.of()));
    try {
      Lease lease = pulls.store().use(image.id()).orElseThrow();
      Files.writeString(layer(0).resolve("d/f"), "CONTENT");
      DiskUsage.Usage before = pulls.store().usage();
      assertThat(check(true).isSound()).isTrue();
      assertThat(pulls.store().usage().bytes()).isGreaterThan(before.bytes());
      assertThat(pulls.store().usage().inodes()).isGreaterThan(before.inodes() + 4);
      assertThat(layer(0).resolve("d/f")).hasContent("content");
      assertThat(merged.resolve("replaced")).hasContent("second");
      assertThat(merged.resolve("d/g")).hasContent("more");
      assertThat(pulls.leftovers()).anyMatch(name -> name.startsWith("replaced/"));
      // A restarted daemon does not know of the container until it has looked.
      pulls.reopen();
      checker = pulls.checker();
      assertThat(pulls.leftovers()).anyMatch(name -> name.startsWith("replaced/"));
      assertThat(pulls.store().usage().inodes()).isGreaterThan(before.inodes() + 4);
      Lease again = pulls.store().use(image.id()).orElseThrow();
      pulls.store().sweep();
      Files.writeString(merged.resolve("d/new"), "written");
      assertThat(merged.resolve("d/hard")).hasContent("CONTENT");
      Mounts.unmount(merged);
      again.close();
      lease.close();
      assertThat(pulls.leftovers()).noneMatch(name -> name.startsWith("replaced/"));
      assertThat(pulls.store().usage()).isEqualTo(before);
    } finally {
      Mounts.unmount(merged);
    }
  }
}
