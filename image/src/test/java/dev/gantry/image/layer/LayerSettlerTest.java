package dev.gantry.image.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.image.LayerException;
import dev.gantry.image.tar.TarLimits;
import dev.gantry.image.tar.TarReader;
import dev.gantry.linux.Fd;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import dev.gantry.linux.file.Xattr;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TarWriter;
import dev.gantry.testkit.TestDirs;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LayerSettlerTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  private final List<Path> stack = new ArrayList<>();

  /** Unpacks a layer on top of those before it and answers its directory. */
  private Path layer(TarEntry... entries) throws IOException {
    Path layer = Files.createDirectory(dirs.path("layer" + stack.size()));
    byte[] tar = TarWriter.archive(Arrays.asList(entries));
    var report =
        LayerUnpacker.unpack(
            new TarReader(new ByteArrayInputStream(tar), TarLimits.DEFAULT),
            layer,
            UnpackLimits.DEFAULT,
            () -> tar.length);
    LayerSettler.settle(layer, List.copyOf(stack).reversed(), report);
    stack.add(layer);
    return layer;
  }

  private static FileStat stat(Path path) throws IOException {
    return At.stat(Fd.CWD, path.toString(), false);
  }

  @Test
  void impliedDirectoriesLookLikeThoseBelow() throws IOException {
    Instant time = Instant.ofEpochSecond(1_000_000_000, 5);
    layer(
        TarEntry.dir("srv", 0750).owner(10, 20).mtime(time).xattr("user.x", new byte[] {7}),
        TarEntry.dir("srv/data", 01777).mtime(time));
    Path top = layer(TarEntry.file("srv/data/f", "x"), TarEntry.file("new/f", "x"));
    FileStat srv = stat(top.resolve("srv"));
    assertThat(srv.permissions()).isEqualTo(0750);
    assertThat(srv.uid()).isEqualTo(10);
    assertThat(srv.gid()).isEqualTo(20);
    assertThat(srv.mtime()).isEqualTo(time);
    assertThat(Xattr.get(Fd.CWD, top.resolve("srv").toString(), "user.x")).contains(new byte[] {7});
    assertThat(stat(top.resolve("srv/data")).permissions()).isEqualTo(01777);
    assertThat(stat(top.resolve("new")).permissions()).isEqualTo(0755);
  }

  @Test
  void whatIsHiddenBelowDoesNotCount() throws IOException {
    layer(TarEntry.dir("d", 0700), TarEntry.dir("o", 0711), TarEntry.dir("o/sub", 0700));
    layer(TarEntry.whiteout("d"), TarEntry.opaque("o"));
    Path top = layer(TarEntry.file("d/f", "x"), TarEntry.file("o/sub/f", "x"));
    assertThat(stat(top.resolve("d")).permissions()).isEqualTo(0755);
    assertThat(stat(top.resolve("o")).permissions()).isEqualTo(0711);
    assertThat(stat(top.resolve("o/sub")).permissions()).isEqualTo(0755);
  }

  @Test
  void aHardLinkBringsItsTargetUp() throws IOException {
    layer(
        TarEntry.dir("bin", 0755), TarEntry.file("bin/tool", 04755, new byte[100_000]).owner(3, 4));
    Path top = layer(TarEntry.dir("usr", 0755), TarEntry.hardLink("usr/tool", "bin/tool"));
    FileStat linked = stat(top.resolve("usr/tool"));
    assertThat(linked.sameFile(stat(top.resolve("bin/tool")))).isTrue();
    assertThat(linked.size()).isEqualTo(100_000);
    assertThat(linked.permissions()).isEqualTo(04755);
    assertThat(linked.uid()).isEqualTo(3);
  }

  @Test
  void aHardLinkToNothingIsRefused() throws IOException {
    layer(TarEntry.dir("bin", 0755));
    assertThatThrownBy(() -> layer(TarEntry.hardLink("x", "bin/none")))
        .isInstanceOf(LayerException.class)
        .hasMessageContaining("which no layer has");
  }

  @Test
  void contentGoesWhereALinkBelowLeads() throws IOException {
    layer(
        TarEntry.dir("usr", 0755),
        TarEntry.dir("usr/lib", 0711),
        TarEntry.symlink("lib", "usr/lib"));
    Path top = layer(TarEntry.file("lib/sub/f", "x"), TarEntry.file("lib/g", "y"));
    assertThat(top.resolve("lib")).doesNotExist();
    assertThat(top.resolve("usr/lib/sub/f")).hasContent("x");
    assertThat(top.resolve("usr/lib/g")).hasContent("y");
    assertThat(stat(top.resolve("usr/lib")).permissions()).isEqualTo(0711);
  }

  @Test
  void aHostileLinkBelowStaysInside() throws IOException {
    Path outside = Files.createDirectory(dirs.path("outside"));
    Files.writeString(outside.resolve("secret"), "secret");
    layer(TarEntry.symlink("evil", outside.toString()), TarEntry.symlink("up", "../../outside"));
    Path top = layer(TarEntry.file("evil/x", "x"), TarEntry.file("up/y", "y"));
    assertThat(outside.resolve("x")).doesNotExist();
    assertThat(outside.resolve("y")).doesNotExist();
    assertThat(top.resolve(outside.toString().substring(1)).resolve("x")).hasContent("x");
    assertThat(top.resolve("outside/y")).hasContent("y");
    assertThatThrownBy(() -> layer(TarEntry.hardLink("s", "evil/secret")))
        .isInstanceOf(LayerException.class);
  }
}
