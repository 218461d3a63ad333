package dev.gantry.linux.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AtTest {
  @TempDir Path dir;
  private Path rootPath;
  private Fd root;

  @BeforeEach
  void openRoot() throws IOException {
    rootPath = Files.createDirectory(dir.resolve("root"));
    Files.writeString(dir.resolve("secret"), "outside");
    root = At.open(At.CWD, rootPath.toString(), OpenFlags.PATH | OpenFlags.DIRECTORY, 0);
  }

  @AfterEach
  void closeRoot() {
    root.close();
  }

  private static void refused(Errno errno, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(LinuxException.class, e -> assertThat(e.errno()).isEqualTo(errno));
  }

  private String readIn(String path, Resolve... resolve) throws IOException {
    Resolve[] more = Arrays.copyOfRange(resolve, 1, resolve.length);
    try (Fd fd = At.openIn(root, path, OpenFlags.RDONLY, 0, resolve[0], more);
        var in = fd.input()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void hostileLinksStayInsideTheRoot() throws IOException {
    Files.createDirectory(rootPath.resolve("etc"));
    Files.writeString(rootPath.resolve("etc/passwd"), "inside");
    Files.writeString(rootPath.resolve("secret"), "decoy");
    At.symlink("/etc/passwd", root, "absolute");
    At.symlink("../../../../../../secret", root, "dots");
    At.symlink("/..//../" + dir + "/secret", root, "escape");
    At.symlink("..", root, "up");
    At.symlink("loop", root, "loop");
    assertThat(readIn("absolute", Resolve.IN_ROOT)).isEqualTo("inside");
    assertThat(readIn("/etc/passwd", Resolve.IN_ROOT)).isEqualTo("inside");
    assertThat(readIn("../../etc/passwd", Resolve.IN_ROOT)).isEqualTo("inside");
    assertThat(readIn("dots", Resolve.IN_ROOT)).isEqualTo("decoy");
    assertThat(readIn("up/up/secret", Resolve.IN_ROOT)).isEqualTo("decoy");
    refused(Errno.ENOENT, () -> readIn("escape", Resolve.IN_ROOT));
    refused(Errno.ELOOP, () -> readIn("loop", Resolve.IN_ROOT));
    for (String path : new String[] {"absolute", "dots", "escape", "up/secret", "../secret"}) {
      refused(Errno.EXDEV, () -> readIn(path, Resolve.BENEATH));
    }
    refused(Errno.EXDEV, () -> readIn("/etc/passwd", Resolve.BENEATH));
    refused(Errno.ELOOP, () -> readIn("absolute", Resolve.IN_ROOT, Resolve.NO_SYMLINKS));
    assertThat(readIn("etc/passwd", Resolve.BENEATH, Resolve.NO_SYMLINKS)).isEqualTo("inside");
  }

  @Test
  void writingBackLeavesAFileAsItIs() throws IOException {
    Path file = Files.writeString(rootPath.resolve("data"), "x".repeat(300_000));
    try (Fd fd = At.open(root, "data", OpenFlags.RDWR, 0)) {
      At.startWriteback(fd);
    }
    assertThat(Files.size(file)).isEqualTo(300_000);
    try (Fd path = At.open(root, "data", OpenFlags.PATH, 0)) {
      assertThatThrownBy(() -> At.startWriteback(path))
          .isInstanceOf(LinuxException.class)
          .hasMessageContaining("sync_file_range");
    }
  }

  @Test
  void magicLinksAreRefused() throws IOException {
    try (Fd proc = At.open(At.CWD, "/proc/self", OpenFlags.PATH | OpenFlags.DIRECTORY, 0)) {
      for (Resolve[] how :
          new Resolve[][] {
            {Resolve.IN_ROOT}, {Resolve.BENEATH}, {Resolve.NO_MAGICLINKS, Resolve.NO_XDEV}
          }) {
        assertThatThrownBy(() ->
                At.openIn(
                    proc,
                    "root/etc",
                    OpenFlags.RDONLY,
                    0,
                    how[0],
                    Arrays.copyOfRange(how, 1, how.length)))
            .isInstanceOfSatisfying(
                LinuxException.class,
                e -> assertThat(e.errno()).isIn(Errno.ELOOP, Errno.EXDEV, Errno.ENOENT));
      }
    }
  }

  @Test
  void aRacingSwapOfDirectoryAndLinkNeverLeadsOut() throws Exception {
    Files.createDirectories(rootPath.resolve("a/sub"));
    Files.writeString(rootPath.resolve("a/sub/secret"), "inside");
    At.symlink(dir.toString(), root, "b");
    AtomicBoolean stop = new AtomicBoolean();
    Thread swapper =
        Thread.ofPlatform()
            .start(() -> {
              try {
                while (!stop.get()) {
                  At.exchange(root, "a", root, "b");
                }
              } catch (LinuxException e) {
                throw new AssertionError(e);
              }
            });
    try {
      for (int i = 0; i < 3_000; i++) {
        try {
          assertThat(readIn("a/sub/../sub/secret", Resolve.IN_ROOT)).isEqualTo("inside");
        } catch (LinuxException e) {
          assertThat(e.errno()).isIn(Errno.ENOENT, Errno.EAGAIN);
        }
      }
    } finally {
      stop.set(true);
      swapper.join();
    }
  }

  @Test
  void createsBeneathARoot() throws IOException {
    At.symlink("/made", root, "link");
    int flags = OpenFlags.WRONLY | OpenFlags.CREAT;
    At.openIn(root, "link", flags, 0600, Resolve.IN_ROOT).close();
    FileStat made = At.stat(root, "made", false);
    assertThat(made.isRegular()).isTrue();
    assertThat(made.permissions()).isEqualTo(0600);
    refused(
        Errno.EEXIST, () -> At.openIn(root, "made", flags | OpenFlags.EXCL, 0600, Resolve.BENEATH));
    try (Fd read = At.openIn(root, "made", OpenFlags.RDONLY, 0, Resolve.BENEATH)) {
      assertThat(Files.readString(Path.of("/proc/self/fdinfo/" + read.number())))
          .containsPattern("flags:\\s+02\\d*");
    }
  }

  @Test
  void makesEveryKindOfFile() throws IOException {
    At.mkdir(root, "dir", 0700);
    At.mknod(root, "fifo", FileStat.FIFO | 0600, 0);
    At.mknod(root, "null", FileStat.CHAR_DEVICE | 0600, At.dev(1, 3));
    At.mknod(root, "whiteout", FileStat.CHAR_DEVICE, 0);
    At.mknod(root, "block", FileStat.BLOCK_DEVICE | 0600, At.dev(259, 300_000));
    At.mknod(root, "socket", FileStat.SOCKET | 0600, 0);
    At.symlink("somewhere/else", root, "link");
    assertThat(At.stat(root, "dir", false).isDirectory()).isTrue();
    assertThat(At.stat(root, "fifo", false).isFifo()).isTrue();
    assertThat(At.stat(root, "socket", false).isSocket()).isTrue();
    FileStat device = At.stat(root, "null", false);
    assertThat(device.isDevice()).isTrue();
    assertThat(device.isOverlayWhiteout()).isFalse();
    assertThat(device.rdev()).isEqualTo(At.dev(1, 3));
    assertThat(At.stat(root, "whiteout", false).isOverlayWhiteout()).isTrue();
    long block = At.stat(root, "block", false).rdev();
    assertThat(At.major(block)).isEqualTo(259);
    assertThat(At.minor(block)).isEqualTo(300_000);
    assertThat(At.stat(root, "link", false).isSymlink()).isTrue();
    assertThat(At.readlink(root, "link")).isEqualTo("somewhere/else");
    refused(Errno.EINVAL, () -> At.mknod(root, "far", FileStat.CHAR_DEVICE, 1L << 40));
    refused(Errno.EEXIST, () -> At.mkdir(root, "dir", 0700));
    refused(Errno.EINVAL, () -> At.readlink(root, "dir"));
  }

  @Test
  void linksRenamesAndRemoves() throws IOException {
    Files.writeString(rootPath.resolve("a"), "a");
    Files.writeString(rootPath.resolve("b"), "b");
    At.symlink("a", root, "s");
    At.link(root, "a", root, "a2");
    At.link(root, "s", root, "s2");
    assertThat(At.stat(root, "a", false).nlink()).isEqualTo(2);
    assertThat(At.stat(root, "a2", false).sameFile(At.stat(root, "a", false))).isTrue();
    assertThat(At.stat(root, "s2", false).isSymlink()).isTrue();
    refused(Errno.EEXIST, () -> At.rename(root, "a", root, "b", At.RENAME_NOREPLACE));
    At.exchange(root, "a", root, "b");
    assertThat(rootPath.resolve("a")).hasContent("b");
    At.rename(root, "a", root, "b", 0);
    assertThat(rootPath.resolve("b")).hasContent("b");
    assertThat(At.find(root, "a", false)).isEmpty();
    assertThat(At.find(root, "b/below-a-file", false)).isEmpty();
    At.unlink(root, "b");
    refused(Errno.ENOENT, () -> At.unlink(root, "b"));
    At.mkdir(root, "dir", 0755);
    refused(Errno.EISDIR, () -> At.unlink(root, "dir"));
    At.rmdir(root, "dir");
    refused(Errno.ENOTDIR, () -> At.rmdir(root, "a2"));
  }

  @Test
  void ownersTimesAndModesOfTheLinkItselfNeverOfItsTarget() throws IOException {
    Path file = Files.writeString(dir.resolve("target"), "x");
    At.symlink(file.toString(), root, "link");
    FileStat before = At.stat(At.CWD, file.toString(), false);
    Instant old = Instant.ofEpochSecond(-86_400, 123_456_789);
    At.chown(root, "link", 1234, 70_000);
    At.utimens(root, "link", null, old);
    FileStat link = At.stat(root, "link", false);
    assertThat(link.uid()).isEqualTo(1234);
    assertThat(link.gid()).isEqualTo(70_000);
    assertThat(link.mtime()).isEqualTo(old);
    refused(Errno.EOPNOTSUPP, () -> At.chmod(root, "link", 0777));
    refused(Errno.EOPNOTSUPP, () -> At.chmodByHandle(root, "link", 0777));
    assertThat(At.stat(root, "link", true)).isEqualTo(before);

    Files.createFile(rootPath.resolve("plain"));
    At.chmod(root, "plain", 04711);
    assertThat(At.stat(root, "plain", false).permissions()).isEqualTo(04711);
    At.chmodByHandle(root, "plain", 02750);
    assertThat(At.stat(root, "plain", false).permissions()).isEqualTo(02750);
    At.chown(root, "plain", -1, 5);
    assertThat(At.stat(root, "plain", false).uid()).isZero();
    At.utimens(root, "plain", old, Instant.ofEpochSecond(7_000_000_000L, 1));
    assertThat(At.stat(root, "plain", false).mtime().getEpochSecond()).isEqualTo(7_000_000_000L);
  }

  @Test
  void anEmptyNameIsTheOpenFileItself() throws IOException {
    Files.createFile(rootPath.resolve("f"));
    try (Fd file = At.open(root, "f", OpenFlags.RDWR, 0)) {
      At.chmod(file, "", 0640);
      At.chown(file, "", 3, 4);
      At.utimens(file, "", null, Instant.EPOCH);
      FileStat stat = At.stat(file);
      assertThat(stat.permissions()).isEqualTo(0640);
      assertThat(stat.uid()).isEqualTo(3);
      assertThat(stat.gid()).isEqualTo(4);
      assertThat(stat.mtime()).isEqualTo(Instant.EPOCH);
      At.fsync(file);
      At.syncfs(file);
      At.chmodByHandle(file, "", 04755);
      assertThat(At.stat(file).permissions()).isEqualTo(04755);
    }
    try (Fd link = openLink("f", "to-f")) {
      refused(Errno.EOPNOTSUPP, () -> At.chmodByHandle(link, "", 0777));
    }
    At.chmodByHandle(root, "", 0711);
    assertThat(At.stat(root).permissions()).isEqualTo(0711);
  }

  private Fd openLink(String target, String name) throws IOException {
    At.symlink(target, root, name);
    return At.open(root, name, OpenFlags.PATH | OpenFlags.NOFOLLOW, 0);
  }

  @Test
  void keepsNamesThatAreNoText() throws IOException {
    String name = "caf\udce9-\udcff";
    At.mkdir(root, name, 0755);
    try (Fd list = At.open(root, ".", OpenFlags.RDONLY | OpenFlags.DIRECTORY, 0)) {
      assertThat(Directory.list(list))
          .singleElement()
          .satisfies(e -> {
            assertThat(e.name()).isEqualTo(name);
            assertThat(e.type()).isEqualTo(Directory.Type.DIRECTORY);
          });
    }
    At.rmdir(root, name);
    refused(Errno.EINVAL, () -> At.mkdir(root, "nul\0inside", 0755));
  }

  @Test
  void readsLargeDirectoriesOnce() throws IOException {
    for (int i = 0; i < 3_000; i++) {
      At.mknod(root, "file-with-a-longer-name-" + i, FileStat.REGULAR | 0600, 0);
    }
    try (Fd list = At.open(root, ".", OpenFlags.RDONLY | OpenFlags.DIRECTORY, 0)) {
      for (int round = 0; round < 2; round++) {
        Set<String> names = new HashSet<>();
        Directory.list(list).forEach(e -> assertThat(names.add(e.name())).isTrue());
        assertThat(names).hasSize(3_000);
      }
    }
  }

  @Test
  void errorsNameCallPathAndCause() {
    assertThatThrownBy(() -> At.open(root, "no/such", OpenFlags.RDONLY, 0))
        .hasMessage("open no/such: ENOENT: No such file or directory");
    assertThatThrownBy(() -> At.rename(root, "x", root, "y", 0))
        .hasMessage("rename x to y: ENOENT: No such file or directory");
  }

  @Test
  void readsOnlyRegularFilesOfBoundedSizeInARoot() throws IOException {
    Files.writeString(rootPath.resolve("passwd"), "root:x:0:0");
    At.mkdir(root, "etc", 0755);
    At.symlink("/passwd", root, "etc/passwd");
    At.symlink(dir.resolve("secret").toString(), root, "etc/out");
    At.mknod(root, "etc/fifo", FileStat.FIFO | 0600, 0);
    At.mknod(root, "etc/zero", FileStat.CHAR_DEVICE | 0600, At.dev(1, 5));
    assertThat(ConfinedRead.file(root, "etc/passwd", 10))
        .hasValue("root:x:0:0".getBytes(StandardCharsets.UTF_8));
    assertThat(ConfinedRead.file(root, "etc/out", 10)).isEmpty();
    assertThat(ConfinedRead.file(root, "etc/passwd/x", 10)).isEmpty();
    refused(Errno.EFBIG, () -> ConfinedRead.file(root, "etc/passwd", 9));
    refused(Errno.EINVAL, () -> ConfinedRead.file(root, "etc/fifo", 10));
    refused(Errno.EINVAL, () -> ConfinedRead.file(root, "etc/zero", 10));
    refused(Errno.EINVAL, () -> ConfinedRead.file(root, "etc", 10));
    Files.createFile(rootPath.resolve("empty"));
    assertThat(ConfinedRead.file(root, "empty", 0)).hasValue(new byte[0]);
    assertThat(Files.exists(rootPath.resolve("etc/out"), LinkOption.NOFOLLOW_LINKS)).isTrue();
  }

  @Test
  void roomThatIsSetAsideChangesNoSizeAndIsGivenBackByACut() throws IOException {
    Path path = Files.writeString(dir.resolve("log"), "line\n");
    try (Fd file = At.open(At.CWD, path.toString(), OpenFlags.WRONLY, 0)) {
      long before = At.stat(file).blocks512();
      At.allocate(file, 5, 1 << 20);
      assertThat(At.stat(file).size()).isEqualTo(5);
      assertThat(At.stat(file).blocks512()).isGreaterThanOrEqualTo(2048);
      At.truncate(file, 5);
      assertThat(At.stat(file).blocks512()).isEqualTo(before);
      assertThatThrownBy(() -> At.allocate(file, 0, 1L << 60))
          .isInstanceOf(LinuxException.class)
          .hasMessageStartingWith("allocate");
    }
    assertThat(path).hasContent("line\n");
  }
}
