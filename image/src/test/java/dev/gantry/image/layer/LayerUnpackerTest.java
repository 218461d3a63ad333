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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LayerUnpackerTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  private Path root;
  private Path outside;

  @BeforeEach
  void makeRoot() throws IOException {
    root = Files.createDirectory(dirs.path("root"));
    outside = Files.createDirectory(dirs.path("outside"));
    Files.writeString(outside.resolve("secret"), "secret");
  }

  private UnpackReport unpack(TarEntry... entries) throws IOException {
    return unpack(UnpackLimits.DEFAULT, entries);
  }

  private UnpackReport unpack(UnpackLimits limits, TarEntry... entries) throws IOException {
    byte[] tar = TarWriter.archive(Arrays.asList(entries));
    return LayerUnpacker.unpack(
        new TarReader(new ByteArrayInputStream(tar), TarLimits.DEFAULT),
        root,
        limits,
        () -> tar.length);
  }

  private FileStat stat(String path) throws IOException {
    return At.stat(Fd.CWD, root.resolve(path).toString(), false);
  }

  private boolean isOpaque(String path) throws IOException {
    Optional<byte[]> value =
        Xattr.get(Fd.CWD, root.resolve(path).toString(), "trusted.overlay.opaque");
    return value.isPresent() && Arrays.equals(value.get(), new byte[] {'y'});
  }

  private void refused(String why, TarEntry... entries) throws IOException {
    assertThatThrownBy(() -> unpack(entries))
        .isInstanceOf(LayerException.class)
        .hasMessageContaining(why);
    assertThat(outside).isDirectoryContaining(p -> p.endsWith("secret"));
    assertThat(Files.readString(outside.resolve("secret"))).isEqualTo("secret");
    try (var files = Files.list(outside)) {
      assertThat(files).hasSize(1);
    }
    assertThat(At.stat(Fd.CWD, outside.resolve("secret").toString(), false).nlink()).isEqualTo(1);
  }

  @Test
  void refusesPathsAboveTheRoot() throws IOException {
    refused("outside the layer's root", TarEntry.file("../outside/x", "x"));
    refused("outside the layer's root", TarEntry.file("a/../../outside/x", "x"));
    refused("outside the layer's root", TarEntry.hardLink("x", "../outside/secret"));
  }

  @Test
  void anAbsolutePathStartsAtTheRoot() throws IOException {
    unpack(TarEntry.file(outside.resolve("x").toString(), "x"));
    assertThat(root.resolve(outside.resolve("x").toString().substring(1))).hasContent("x");
    assertThat(outside.resolve("x")).doesNotExist();
  }

  @Test
  void aLinkOnTheWayLeadsNowhereButIntoTheRoot() throws IOException {
    unpack(
        TarEntry.symlink("evil", outside.toString()),
        TarEntry.symlink("up", "../../../../../.." + outside),
        TarEntry.file("evil/x", "x"),
        TarEntry.file("up/y", "y"));
    assertThat(outside.resolve("x")).doesNotExist();
    assertThat(outside.resolve("y")).doesNotExist();
    Path inside = root.resolve(outside.toString().substring(1));
    assertThat(inside.resolve("x")).hasContent("x");
    assertThat(inside.resolve("y")).hasContent("y");
  }

  @Test
  void aFileReplacesALinkAndIsNotWrittenThroughIt() throws IOException {
    unpack(TarEntry.symlink("f", outside.resolve("secret").toString()), TarEntry.file("f", "mine"));
    assertThat(Files.isSymbolicLink(root.resolve("f"))).isFalse();
    assertThat(root.resolve("f")).hasContent("mine");
    assertThat(outside.resolve("secret")).hasContent("secret");
  }

  @Test
  void aHardLinkThroughALinkStaysInside() throws IOException {
    var report =
        unpack(
            TarEntry.symlink("evil", outside.toString()), TarEntry.hardLink("got", "evil/secret"));
    assertThat(root.resolve("got")).doesNotExist();
    assertThat(report.links()).containsEntry("got", "evil/secret");
  }

  @Test
  void refusesLoopsOfLinks() throws IOException {
    refused(
        "too many symbolic links",
        TarEntry.symlink("a", "b"),
        TarEntry.symlink("b", "a"),
        TarEntry.file("a/x", "x"));
  }

  @Test
  void refusesAFileAsDirectory() throws IOException {
    refused("is not a directory", TarEntry.file("a", "x"), TarEntry.file("a/b", "x"));
  }

  @Test
  void refusesUnknownTypesNamingThem() throws IOException {
    refused("'odd' has the unknown type 'V'", TarEntry.raw('V', "odd", new byte[0], ""));
  }

  @Test
  void refusesLinksToDirectoriesAndToThemselves() throws IOException {
    refused("hard link to a directory", TarEntry.dir("d", 0755), TarEntry.hardLink("x", "d"));
    refused("hard link to itself", TarEntry.file("s", "x"), TarEntry.hardLink("s", "s"));
  }

  @Test
  void refusesMoreThanTheLimits() {
    var few = new UnpackLimits(2, 1 << 20, 1000, 4);
    assertThatThrownBy(() ->
            unpack(few, TarEntry.file("1", ""), TarEntry.file("2", ""), TarEntry.file("3", "")))
        .isInstanceOf(LayerException.class)
        .hasMessageContaining("more than 2 entries");
    assertThatThrownBy(() -> unpack(few, TarEntry.file("big", 0644, new byte[(1 << 20) + 1])))
        .hasMessageContaining("more than 1048576 bytes");
    assertThatThrownBy(() -> unpack(few, TarEntry.file("a/b/c/d/e", "x")))
        .hasMessageContaining("deeper than 4");
    assertThatThrownBy(() -> unpack(TarEntry.file("n".repeat(256), "x")))
        .hasMessageContaining("name longer than 255 bytes");
    assertThatThrownBy(() -> unpack(TarEntry.file("d/".repeat(3000) + "x", "x")))
        .hasMessageContaining("path longer than 4095 bytes");
  }

  @Test
  void keepsOwnersModesAndDevices() throws IOException {
    unpack(
        TarEntry.dir("d", 02775).owner(5, 6),
        TarEntry.file("d/su", 04711, new byte[] {1}).owner(100_000, 3_000_000_000L),
        TarEntry.charDevice("null", 0666, 1, 3),
        TarEntry.fifo("pipe", 0622));
    assertThat(stat("d").permissions()).isEqualTo(02775);
    assertThat(stat("d").uid()).isEqualTo(5);
    assertThat(stat("d/su").permissions()).isEqualTo(04711);
    assertThat(Integer.toUnsignedLong(stat("d/su").gid())).isEqualTo(3_000_000_000L);
    assertThat(stat("null").rdev()).isEqualTo(At.dev(1, 3));
    assertThat(stat("null").permissions()).isEqualTo(0666);
    assertThat(stat("pipe").isFifo()).isTrue();
  }

  @Test
  void whiteoutsBecomeWhatOverlayfsReads() throws IOException {
    unpack(
        TarEntry.dir("d", 0755),
        TarEntry.whiteout("d/gone"),
        TarEntry.opaque("o"),
        TarEntry.file("o/new", "x"));
    assertThat(stat("d/gone").isOverlayWhiteout()).isTrue();
    assertThat(isOpaque("o")).isTrue();
    assertThat(root.resolve("o/.wh..wh..opq")).doesNotExist();
  }

  @Test
  void aWhiteoutNeverHidesWhatItsOwnLayerHas() throws IOException {
    unpack(
        TarEntry.file("f", "mine"),
        TarEntry.whiteout("f"),
        TarEntry.dir("d", 0755),
        TarEntry.file("d/x", "x"),
        TarEntry.whiteout("d"),
        TarEntry.whiteout("later"),
        TarEntry.dir("later", 0755),
        TarEntry.whiteout("implied"),
        TarEntry.file("implied/x", "x"));
    assertThat(root.resolve("f")).hasContent("mine");
    assertThat(root.resolve("d/x")).hasContent("x");
    assertThat(isOpaque("d")).isTrue();
    assertThat(isOpaque("later")).isTrue();
    assertThat(isOpaque("implied")).isTrue();
  }

  @Test
  void theOverlaysOwnXattrsAreLeftOut() throws IOException {
    unpack(
        TarEntry.dir("d", 0755)
            .xattr("trusted.overlay.redirect", "/etc".getBytes(StandardCharsets.UTF_8))
            .xattr("user.kept", new byte[] {0, 1, '\n'}));
    String d = root.resolve("d").toString();
    assertThat(Xattr.get(Fd.CWD, d, "trusted.overlay.redirect")).isEmpty();
    assertThat(Xattr.get(Fd.CWD, d, "user.kept")).contains(new byte[] {0, 1, '\n'});
  }

  @Test
  void anEntryReplacesAnEarlierOneOfAnotherKind() throws IOException {
    var report =
        unpack(
            TarEntry.dir("a", 0755),
            TarEntry.file("a/b/c", "x"),
            TarEntry.file("a", "file now"),
            TarEntry.symlink("s", "a"),
            TarEntry.dir("s", 0700),
            TarEntry.file("s/x", "x"),
            TarEntry.hardLink("s/y", "s/x"));
    assertThat(root.resolve("a")).hasContent("file now");
    assertThat(Files.isDirectory(root.resolve("s"))).isTrue();
    assertThat(stat("s/x").nlink()).isEqualTo(2);
    assertThat(report.implied()).isEmpty();
    assertThat(report.selfContained()).isTrue();
  }

  @Test
  void reportsWhatLeansOnLowerLayers() throws IOException {
    var report =
        unpack(
            TarEntry.file("usr/lib/x", "x"),
            TarEntry.dir("usr", 0755),
            TarEntry.hardLink("link", "usr/bin/tool"));
    assertThat(report.implied()).isEqualTo(List.of("usr/lib"));
    assertThat(report.links()).containsEntry("link", "usr/bin/tool");
    assertThat(report.selfContained()).isFalse();
  }

  @Test
  void saysWhenTheArchiveEndsEarly() {
    byte[] tar = TarWriter.archive(List.of(TarEntry.file("f", 0644, new byte[5000])));
    for (int length : new int[] {100, 512, 600, 5000}) {
      var cut = new TarReader(new ByteArrayInputStream(tar, 0, length), TarLimits.DEFAULT);
      assertThatThrownBy(() -> LayerUnpacker.unpack(cut, root, UnpackLimits.DEFAULT, () -> 1))
          .isInstanceOf(LayerException.class)
          .hasMessageContaining("ends inside");
    }
  }
}
