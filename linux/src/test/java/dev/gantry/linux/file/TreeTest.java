package dev.gantry.linux.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.mount.MountTable;
import dev.gantry.linux.mount.Mounts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link DeleteTree} and {@link DiskUsage} on trees as a container may leave them. */
final class TreeTest {
  @TempDir Path dir;
  private Path tree;
  private Path outside;
  private Path keep;

  @BeforeEach
  void makeTree() throws IOException {
    tree = Files.createDirectory(dir.resolve("tree"));
    outside = Files.createDirectory(dir.resolve("outside"));
    keep = Files.writeString(outside.resolve("keep"), "kept");
  }

  @AfterEach
  void clean() throws IOException {
    Mounts.unmountUnder(dir);
    assertThat(MountTable.under(dir)).isEmpty();
    assertThat(keep).hasContent("kept");
    DeleteTree.delete(tree);
  }

  private void deleted() throws IOException {
    DeleteTree.delete(tree);
    assertThat(Files.exists(tree, LinkOption.NOFOLLOW_LINKS)).isFalse();
    DeleteTree.delete(tree);
    DeleteTree.delete(tree.resolve("below/nothing"));
  }

  private Fd open() throws IOException {
    return At.open(At.CWD, tree.toString(), OpenFlags.RDONLY | OpenFlags.DIRECTORY, 0);
  }

  @Test
  void removesEveryKindOfFileAndFollowsNoLink() throws IOException {
    try (Fd root = open()) {
      At.symlink(keep.toString(), root, "file-link");
      At.symlink(outside.toString(), root, "dir-link");
      At.symlink("..", root, "up");
      At.link(At.CWD, keep.toString(), root, "hard");
      At.mknod(root, "fifo", FileStat.FIFO, 0);
      At.mknod(root, "whiteout", FileStat.CHAR_DEVICE, 0);
      At.mknod(root, "socket", FileStat.SOCKET, 0);
      At.mkdir(root, "no-access", 0);
      At.mkdir(root, "sub", 0755);
      At.mkdir(root, "sub/..x", 0755);
      At.mknod(root, "sub/name-\udcff\n", FileStat.REGULAR, 0);
    }
    deleted();
  }

  @Test
  void removesAFileAndALinkThemselves() throws IOException {
    Path link = Files.createSymbolicLink(dir.resolve("link"), outside);
    DeleteTree.delete(link);
    assertThat(Files.exists(link, LinkOption.NOFOLLOW_LINKS)).isFalse();
    Path file = Files.createFile(dir.resolve("file"));
    DeleteTree.delete(file);
    assertThat(file).doesNotExist();
    assertThatThrownBy(() -> DeleteTree.delete(Path.of("/"))).isInstanceOf(LinuxException.class);
    assertThatThrownBy(() -> DeleteTree.delete(tree.resolve("..")))
        .isInstanceOf(LinuxException.class);
  }

  @Test
  void removesTreesDeeperThanAnyPath() throws IOException {
    inMemory();
    deep(5_000);
    // The directory, 2,100 levels of a directory and a file each, and no more.
    DiskUsage.Usage usage = DiskUsage.of(tree);
    assertThat(usage.inodes()).isEqualTo(1 + 2 * 2_100);
    assertThat(usage.whole()).isFalse();
    deleted();
  }

  /** Thousands of levels take their time on a disk that others use. */
  private void inMemory() throws IOException {
    Path memory = Files.createDirectory(dir.resolve("memory"));
    Mounts.tmpfs(memory, 64 << 20, 0755);
    tree = Files.createDirectory(memory.resolve("tree"));
  }

  /** Each level has a subdirectory, a file, and the name that the removal itself uses. */
  private void deep(int levels) throws IOException {
    Fd at = open();
    for (int i = 0; i < levels; i++) {
      At.mknod(at, ".gantry-delete-" + i % 3, FileStat.REGULAR | 0600, 0);
      At.mkdir(at, "d", 0755);
      Fd next = At.open(at, "d", OpenFlags.RDONLY | OpenFlags.DIRECTORY, 0);
      at.close();
      at = next;
    }
    at.close();
  }

  @Test
  void removesWideTrees() throws IOException {
    try (Fd root = open()) {
      for (int i = 0; i < 400; i++) {
        At.mkdir(root, "a-directory-with-a-name-" + i, 0755);
        for (int k = 0; k < 10; k++) {
          At.mknod(root, "a-directory-with-a-name-" + i + "/" + k, FileStat.REGULAR, 0);
        }
      }
    }
    deleted();
  }

  @Test
  void stopsAtAMountAndNamesIt() throws IOException {
    Path inner = Files.createDirectories(tree.resolve("a/mounted"));
    Mounts.bind(outside, inner, false);
    assertThatThrownBy(() -> DeleteTree.delete(tree))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining(inner.toString())
        .hasMessageContaining("mount point");
    assertThat(keep).hasContent("kept");
    Mounts.unmount(inner);

    Path file = Files.createFile(tree.resolve("file"));
    Mounts.bind(keep, file, false);
    assertThatThrownBy(() -> DeleteTree.delete(tree)).hasMessageContaining(file.toString());
    Mounts.unmount(file);

    Mounts.bind(outside, tree, false);
    assertThatThrownBy(() -> DeleteTree.delete(tree)).hasMessageContaining(tree.toString());
    Mounts.unmount(tree);
    deleted();
  }

  @Test
  void removesWhileSomebodyKeepsMoving() throws Exception {
    Path other = Files.createDirectory(dir.resolve("other"));
    for (int i = 0; i < 300; i++) {
      Files.createDirectories(tree.resolve("d" + i + "/e/f"));
      Files.createFile(tree.resolve("d" + i + "/e/g"));
    }
    AtomicBoolean stop = new AtomicBoolean();
    Thread mover =
        Thread.ofPlatform()
            .start(() -> {
              Random random = new Random(11);
              while (!stop.get()) {
                String from = tree + "/d" + random.nextInt(300);
                try {
                  At.rename(At.CWD, from, At.CWD, other + "/x" + random.nextInt(1 << 30), 0);
                } catch (LinuxException e) {
                  assertThat(e.errno()).isEqualTo(Errno.ENOENT);
                }
              }
            });
    try {
      DeleteTree.delete(tree);
    } finally {
      stop.set(true);
      mover.join();
    }
    assertThat(tree).doesNotExist();
    DeleteTree.delete(other);
  }

  @Test
  void countsAsDuDoes() throws Exception {
    try (Fd root = open()) {
      for (int i = 0; i < 50; i++) {
        Files.write(tree.resolve("file" + i), new byte[i * 700]);
      }
      Files.createDirectories(tree.resolve("sub/sub"));
      Files.write(tree.resolve("sub/big"), new byte[300_000]);
      At.link(root, "sub/big", root, "second-name");
      At.symlink(keep.toString(), root, "link");
      At.mknod(root, "fifo", FileStat.FIFO, 0);
    }
    Path inner = Files.createDirectory(tree.resolve("mounted"));
    Mounts.tmpfs(inner, 1 << 20, 0755);
    Files.write(inner.resolve("elsewhere"), new byte[100_000]);
    DiskUsage.Usage usage = DiskUsage.of(tree);
    assertThat(usage.bytes()).isEqualTo(1024 * du("-sxk"));
    assertThat(usage.inodes()).isEqualTo(du("-sx", "--inodes"));
  }

  private long du(String... options) throws Exception {
    String[] command = new String[options.length + 2];
    command[0] = "du";
    System.arraycopy(options, 0, command, 1, options.length);
    command[command.length - 1] = tree.toString();
    Process du = new ProcessBuilder(command).start();
    String text = new String(du.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(du.waitFor()).isZero();
    return Long.parseLong(text.split("\t", -1)[0]);
  }

  @Test
  void measuresDeepTreesAndTellsOfAbsentOnes() throws IOException {
    inMemory();
    deep(2_000);
    assertThat(DiskUsage.of(tree).inodes()).isEqualTo(1 + 2 * 2_000);
    assertThat(DiskUsage.of(tree).whole()).isTrue();
    assertThatThrownBy(() -> DiskUsage.of(dir.resolve("absent")))
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
    DiskUsage.FsInfo info = DiskUsage.statfs(dir);
    assertThat(info.totalBytes()).isGreaterThan(info.freeBytes()).isPositive();
    assertThat(info.totalBytes()).isEqualTo(dir.toFile().getTotalSpace());
    int link = OpenFlags.PATH | OpenFlags.NOFOLLOW;
    try (Fd self = At.open(At.CWD, "/proc/self", link, 0)) {
      assertThat(DiskUsage.statfs(self)).isEqualTo(DiskUsage.statfs(Path.of("/proc")));
    }
  }
}
