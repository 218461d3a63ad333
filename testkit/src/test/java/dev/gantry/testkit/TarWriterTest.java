package dev.gantry.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** GNU tar is the judge of what the writer writes. */
@ExtendWith(LeakCheck.class)
class TarWriterTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  @Test
  void gnuTarReadsEveryKindOfEntry() throws IOException {
    String deep = "d/" + "long-name-".repeat(15) + "é";
    Instant exact = Instant.parse("2020-02-03T04:05:06.123456789Z");
    Instant old = Instant.parse("1960-01-01T00:00:00.250Z");
    Path out =
        unpack(
            TarEntry.dir("d", 01777).owner(12, 34),
            TarEntry.file("d/f", 04755, "content".getBytes(StandardCharsets.UTF_8)).mtime(exact),
            TarEntry.file(deep, "deep").owner(3_000_000, 4_294_967_290L).mtime(old),
            TarEntry.hardLink("d/h", "d/f"),
            TarEntry.symlink("d/s", "t/".repeat(80)),
            TarEntry.fifo("d/p", 0600),
            TarEntry.charDevice("d/null", 0666, 1, 3),
            TarEntry.blockDevice("d/b", 0660, 7, 200),
            TarEntry.whiteout("d/gone"),
            TarEntry.opaque("d"),
            TarEntry.file("empty", ""));
    assertThat(unix(out.resolve("d"), "mode", "uid", "gid"))
        .containsEntry("mode", 041777)
        .containsEntry("uid", 12)
        .containsEntry("gid", 34);
    assertThat(unix(out.resolve("d/f"), "mode", "nlink"))
        .containsEntry("mode", 0104755)
        .containsEntry("nlink", 2);
    assertThat(Files.getLastModifiedTime(out.resolve("d/h"))).isEqualTo(FileTime.from(exact));
    assertThat(out.resolve(deep)).hasContent("deep");
    assertThat(Files.getLastModifiedTime(out.resolve(deep))).isEqualTo(FileTime.from(old));
    assertThat(Files.getAttribute(out.resolve(deep), "unix:uid")).isEqualTo(3_000_000);
    assertThat(Files.getAttribute(out.resolve(deep), "unix:gid")).isEqualTo((int) 4_294_967_290L);
    assertThat(Files.readSymbolicLink(out.resolve("d/s")).toString()).isEqualTo("t/".repeat(80));
    assertThat(unix(out.resolve("d/p"), "mode")).containsEntry("mode", 010600);
    assertThat(unix(out.resolve("d/null"), "rdev")).containsEntry("rdev", 0x103L);
    assertThat(unix(out.resolve("d/b"), "rdev")).containsEntry("rdev", 0x7c8L);
    assertThat(out.resolve("d/.wh.gone")).isEmptyFile();
    assertThat(out.resolve("d/.wh..wh..opq")).isEmptyFile();
    assertThat(Files.getLastModifiedTime(out.resolve("empty")))
        .isEqualTo(FileTime.from(TarEntry.MTIME));
  }

  @Test
  void writesBinaryXattrs() throws IOException {
    byte[] value = {0, 1, '\n', '=', (byte) 0xff, 0};
    for (int length : new int[] {0, 60, 61, 62, 63, 64, 70, 960, 970, 980}) {
      byte[] padded = new byte[length + value.length];
      System.arraycopy(value, 0, padded, length, value.length);
      Path out = unpack(TarEntry.file("x", "y").xattr("user.test", padded));
      UserDefinedFileAttributeView view =
          Files.getFileAttributeView(out.resolve("x"), UserDefinedFileAttributeView.class);
      ByteBuffer buffer = ByteBuffer.allocate(2000);
      view.read("test", buffer);
      assertThat(Arrays.copyOf(buffer.array(), buffer.position())).isEqualTo(padded);
    }
  }

  @Test
  void keepsHostileNames() throws IOException {
    Path tar = dirs.path("hostile.tar");
    ImageArchive.write(
        tar, List.of(TarEntry.file("../../etc/x", "a"), TarEntry.file("/etc/y", "b")));
    assertThat(Commands.run("tar", "--absolute-names", "-tf", tar.toString()).output())
        .isEqualTo("../../etc/x\n/etc/y\n");
  }

  private Path unpack(TarEntry... entries) throws IOException {
    Path tar = dirs.path("a.tar");
    ImageArchive.write(tar, List.of(entries));
    Path out = Files.createTempDirectory(dirs.base(), "out");
    Commands.Result result =
        Commands.run(
            "tar",
            "--xattrs",
            "--xattrs-include=*",
            "--numeric-owner",
            "--warning=no-timestamp",
            "-xpf",
            tar.toString(),
            "-C",
            out.toString());
    assertThat(result.output()).isEmpty();
    assertThat(result.exit()).isZero();
    return out;
  }

  private static Map<String, Object> unix(Path file, String... attributes) throws IOException {
    return Files.readAttributes(
        file, "unix:" + String.join(",", attributes), LinkOption.NOFOLLOW_LINKS);
  }
}
