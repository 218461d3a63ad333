package dev.gantry.linux.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class XattrTest {
  /** cap_net_raw+ep, as `setcap` stores it. */
  private static final byte[] CAPABILITY =
      HexFormat.of().parseHex("0100000200200000000000000000000000000000");

  @TempDir Path dir;
  private Fd root;

  @BeforeEach
  void open() throws IOException {
    root = At.open(At.CWD, dir.toString(), OpenFlags.PATH | OpenFlags.DIRECTORY, 0);
    Files.createFile(dir.resolve("file"));
  }

  @AfterEach
  void close() {
    root.close();
  }

  @Test
  void keepsBinaryValues() throws IOException {
    Xattr.set(root, "file", "security.capability", CAPABILITY);
    assertThat(Xattr.get(root, "file", "security.capability")).hasValue(CAPABILITY);
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    for (String key : new String[] {"user.all", "trusted.all"}) {
      Xattr.set(root, "file", key, all);
      assertThat(Xattr.get(root, "file", key)).hasValue(all);
    }
    assertThat(Xattr.list(root, "file"))
        .containsExactlyInAnyOrder("security.capability", "user.all", "trusted.all");
    Xattr.set(root, "file", "user.all", new byte[0]);
    assertThat(Xattr.get(root, "file", "user.all")).hasValue(new byte[0]);
    byte[] large = new byte[3_000];
    new Random(1).nextBytes(large);
    Xattr.set(root, "file", "user.all", large);
    assertThat(Xattr.get(root, "file", "user.all")).hasValue(large);
  }

  @Test
  void listsManyNames() throws IOException {
    for (int i = 0; i < 60; i++) {
      Xattr.set(root, "file", "user.a-rather-long-attribute-name-" + i, new byte[] {1});
    }
    assertThat(Xattr.list(root, "file"))
        .hasSize(60)
        .contains("user.a-rather-long-attribute-name-59");
  }

  @Test
  void removesIdempotently() throws IOException {
    Xattr.set(root, "file", "user.x", new byte[] {1});
    Xattr.remove(root, "file", "user.x");
    Xattr.remove(root, "file", "user.x");
    assertThat(Xattr.get(root, "file", "user.x")).isEmpty();
    assertThat(Xattr.list(root, "file")).isEmpty();
  }

  @Test
  void belongsToTheLinkNotItsTarget() throws IOException {
    At.symlink("file", root, "link");
    Xattr.set(root, "link", "trusted.overlay.opaque", new byte[] {'y'});
    assertThat(Xattr.list(root, "file")).isEmpty();
    assertThat(Xattr.get(root, "link", "trusted.overlay.opaque")).hasValue(new byte[] {'y'});
    try (Fd link = At.open(root, "link", OpenFlags.PATH | OpenFlags.NOFOLLOW, 0)) {
      assertThat(Xattr.list(link, "")).containsExactly("trusted.overlay.opaque");
    }
  }

  @Test
  void reachesOpenFilesAndPaths() throws IOException {
    try (Fd file = At.open(root, "file", OpenFlags.RDWR, 0);
        Fd handle = At.open(root, "file", OpenFlags.PATH, 0)) {
      Xattr.set(file, "", "user.open", new byte[] {1});
      Xattr.set(handle, "", "user.handle", new byte[] {2});
      assertThat(Xattr.get(handle, "", "user.open")).hasValue(new byte[] {1});
      Xattr.remove(handle, "", "user.open");
    }
    String path = dir.resolve("file").toString();
    assertThat(Xattr.list(At.CWD, path)).containsExactly("user.handle");
    Xattr.set(root, "", "user.dir", new byte[] {3});
    assertThat(Xattr.get(At.CWD, dir.toString(), "user.dir")).hasValue(new byte[] {3});
  }

  @Test
  void errorsNameKeyAndFile() {
    assertThatThrownBy(() -> Xattr.set(root, "none", "user.x", new byte[] {1}))
        .hasMessage("set xattr user.x of none: ENOENT: No such file or directory");
    assertThatThrownBy(() -> Xattr.set(root, "file", "nonsense", new byte[] {1}))
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EOPNOTSUPP));
  }
}
