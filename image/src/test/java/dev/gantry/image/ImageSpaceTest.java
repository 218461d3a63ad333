package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.image.layer.UnpackLimits;
import dev.gantry.linux.file.DiskUsage;
import dev.gantry.linux.mount.Mounts;
import dev.gantry.testkit.Registry;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What images take of the disk, what may go, and what happens when there is no more. */
class ImageSpaceTest {
  private static final long DISK = 24 << 20;

  @SuppressWarnings("NullAway.Init")
  private static Registry registry;

  @RegisterExtension final TestDirs dirs = new TestDirs();

  private Path disk;
  private PullFixture pulls;

  @BeforeAll
  static void start() {
    registry = Registry.start();
  }

  @AfterAll
  static void stop() {
    registry.close();
  }

  @BeforeEach
  void open() throws IOException {
    disk = Files.createDirectory(dirs.path("disk"));
    Mounts.tmpfs(disk, DISK, 0755);
    pulls = new PullFixture(disk);
  }

  @AfterEach
  void close() throws IOException {
    pulls.close();
    Mounts.unmount(disk);
  }

  private static TestImage image(TarEntry... top) {
    return TestImage.builder()
        .layer(TarEntry.dir("base", 0755), TarEntry.file("base/f", 0644, new byte[1 << 20]))
        .layer(top)
        .build();
  }

  private static byte[] random(int bytes) {
    byte[] data = new byte[bytes];
    new Random(bytes).nextBytes(data);
    return data;
  }

  private long used() throws IOException {
    var info = DiskUsage.statfs(disk);
    return info.totalBytes() - info.freeBytes();
  }

  @Test
  void nothingIsFetchedThatCannotFit() throws Exception {
    String name = registry.push("space", "huge", image(TarEntry.file("f", 0644, random(30 << 20))));
    long before = used();
    assertThatThrownBy(() -> pulls.pull(name))
        .isInstanceOf(StoreException.class)
        .hasMessageMatching(
            "pull \\S+: disk full: the 2 layers that are missing \\(30 MiB compressed\\) need at"
                + " least 30 MiB, but [0-9.]+ MiB \\(\\d+ inodes\\) were free in "
                + pulls.directory
                + "; nothing was fetched. Remove images \\(gantry prune\\) or set image.directory to"
                + " a larger file system");
    assertThat(pulls.leftovers()).isEmpty();
    assertThat(used()).isEqualTo(before);
  }

  @Test
  void aPullThatFillsTheDiskIsUndone() throws Exception {
    long before = used();
    // Small while compressed, so that only unpacking finds out.
    var zeros = TarEntry.file("zeros", 0644, new byte[40 << 20]);
    String name = registry.push("space", "zeros", image(TarEntry.file("a", "first"), zeros));
    assertThatThrownBy(() -> pulls.pull(name))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("disk full: the 2 layers that are missing")
        .hasMessageContaining("need at least ")
        .hasMessageContaining("MiB (")
        .hasMessageContaining(
            "were free in " + pulls.directory + "; what had come is removed again")
        .hasMessageContaining("image.directory");
    assertThat(pulls.leftovers()).isEmpty();
    assertThat(used()).isEqualTo(before);
    assertThat(pulls.store().usage().bytes()).isZero();
    assertThat(pulls.pull(registry.push("space", "small", image(TarEntry.file("b", "x")))))
        .isNotNull();
  }

  @Test
  void aDiskWithoutInodesIsAsFull() throws Exception {
    var entries = new TarEntry[4000];
    for (int i = 0; i < entries.length; i++) {
      entries[i] = TarEntry.file("f" + i, "");
    }
    String name = registry.push("space", "inodes", image(entries));
    new ProcessBuilder("mount", "-o", "remount,nr_inodes=500", disk.toString()).start().waitFor();
    assertThatThrownBy(() -> pulls.pull(name))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("disk full")
        .hasMessageContaining("inodes) were free");
    assertThat(pulls.leftovers()).isEmpty();
  }

  @Test
  void imagesCanBeRemovedFromAFullDisk() throws Exception {
    String name = registry.push("space", "remove", image(TarEntry.file("f", "x")));
    pulls.pull(name);
    Path filler = Files.createDirectory(disk.resolve("filler"));
    new ProcessBuilder("mount", "-o", "remount,nr_inodes=100", disk.toString()).start().waitFor();
    assertThatThrownBy(
            () -> {
              for (int i = 0; ; i++) {
                Files.createFile(filler.resolve("f" + i));
              }
            })
        .isInstanceOf(IOException.class);
    assertThat(pulls.store().remove(name)).isEqualTo(RemoveOutcome.REMOVED);
    assertThat(pulls.leftovers()).isEmpty();
  }

  @Test
  void sumsAreWhatTheDiskSays() throws Exception {
    pulls.pull(registry.push("space", "one", image(TarEntry.file("one", 0644, random(300_000)))));
    pulls.pull(
        registry.push(
            "space",
            "two",
            image(
                TarEntry.file("twice", 0644, random(100_000)),
                TarEntry.file("twice", 0644, random(200_000)),
                TarEntry.hardLink("link", "base/f"))));
    DiskUsage.Usage told = pulls.store().usage();
    DiskUsage.Usage real = DiskUsage.of(pulls.directory);
    assertThat(told.bytes()).isBetween(real.bytes() - 65536, real.bytes() + 65536);
    assertThat(told.inodes()).isBetween(real.inodes() - 14, real.inodes() + 14);
    // Each image's own size counts what it shares, the total counts that once.
    long sum = pulls.store().list().stream().mapToLong(StoredImage::sizeBytes).sum();
    assertThat(sum).isGreaterThan(told.bytes() + (1 << 20) - 65536);
    pulls.reopen();
    assertThat(pulls.store().usage()).isEqualTo(told);
  }

  @Test
  void sizesAreForPeople() {
    assertThat(DiskSpace.human(0)).isEqualTo("0 bytes");
    assertThat(DiskSpace.human(1023)).isEqualTo("1023 bytes");
    assertThat(DiskSpace.human(1536)).isEqualTo("1.5 KiB");
    assertThat(DiskSpace.human(30 << 20)).isEqualTo("30 MiB");
    assertThat(DiskSpace.human((10L << 20) - 1)).isEqualTo("10 MiB");
    assertThat(DiskSpace.human(3L << 40)).isEqualTo("3.0 TiB");
    assertThat(DiskSpace.human(Long.MAX_VALUE)).isEqualTo("8388608 TiB");
  }

  @Test
  void pruneTakesWhatNobodyNeeds() throws Exception {
    StoredImage used = pulls.pull(registry.push("prune", "used", image(TarEntry.file("u", "1"))));
    StoredImage tagged =
        pulls.pull(registry.push("prune", "tag", image(TarEntry.file("t", 0644, random(500_000)))));
    StoredImage moved = pulls.pull(registry.push("prune", "moves", image(TarEntry.file("m", "1"))));
    pulls.pull(registry.push("prune", "moves", image(TarEntry.file("m", "2"))));
    Lease lease = pulls.store().use(used.id()).orElseThrow();

    var later = new PruneOptions(true, Duration.ofHours(1), false);
    assertThat(pulls.store().prune(later).images()).isEmpty();
    PruneReport told = pulls.store().prune(new PruneOptions(false, Duration.ZERO, true));
    assertThat(told.images()).extracting(StoredImage::id).containsExactly(moved.id());
    assertThat(pulls.store().list()).hasSize(4);
    PruneReport dangling = pulls.store().prune(new PruneOptions(false, Duration.ZERO, false));
    assertThat(dangling).isEqualTo(told);
    assertThat(pulls.store().list()).hasSize(3);

    long before = pulls.store().usage().bytes();
    PruneReport all = pulls.store().prune(new PruneOptions(true, Duration.ZERO, false));
    assertThat(all.images()).hasSize(2).extracting(StoredImage::id).contains(tagged.id());
    assertThat(all.bytes()).isEqualTo(before - pulls.store().usage().bytes());
    // The layer that the used image shares stays, and does not count.
    assertThat(all.bytes()).isBetween(500_000L, 600_000L);
    assertThat(pulls.store().list()).extracting(StoredImage::id).containsExactly(used.id());
    assertThat(pulls.store().lowerDirs(used)).allSatisfy(p -> assertThat(p).isDirectory());
    lease.close();
    pulls.store().prune(new PruneOptions(true, Duration.ZERO, false));
    assertThat(pulls.leftovers()).isEmpty();
  }

  @Test
  void pinnedImagesStay() throws Exception {
    String one = registry.push("pin/a", "1", image(TarEntry.file("a", "1")));
    String two = registry.push("pin/b", "1", image(TarEntry.file("b", "1")));
    String three = registry.push("other", "latest", image(TarEntry.file("c", "1")));
    String four = registry.push("other", "2", image(TarEntry.file("d", "1")));
    for (String name : List.of(one, two, three)) {
      pulls.pull(name);
    }
    StoredImage byId = pulls.pull(four);
    Path directory = pulls.directory;
    pulls.close();
    List<String> pinned =
        List.of("*/pin/*", three.replace(":latest", ""), byId.id().toString(), "busybox");
    try (ImageStore store =
        ImageStore.open(directory, new StoreSettings(1, UnpackLimits.DEFAULT, pinned))) {
      assertThat(store.list()).allMatch(StoredImage::pinned);
      assertThat(store.prune(new PruneOptions(true, Duration.ZERO, false)).images()).isEmpty();
    }
    try (ImageStore store =
        ImageStore.open(
            directory,
            new StoreSettings(
                1, UnpackLimits.DEFAULT, List.of(one, byId.repoDigests().getFirst())))) {
      assertThat(store.list().stream().filter(StoredImage::pinned))
          .extracting(i -> i.repoTags().getFirst())
          .containsExactlyInAnyOrder(one, four);
      store.prune(new PruneOptions(true, Duration.ZERO, false));
      assertThat(store.list()).hasSize(2);
    }
    pulls = new PullFixture(disk);
  }
}
