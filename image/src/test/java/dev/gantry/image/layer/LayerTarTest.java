package dev.gantry.image.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.image.DigestMismatchException;
import dev.gantry.image.LayerException;
import dev.gantry.oci.Digest;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TarWriter;
import dev.gantry.testkit.TestDirs;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Out of an unpacked layer comes the archive that went in. */
class LayerTarTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  private final List<Path> stack = new ArrayList<>();

  private UnpackedLayer build(byte[] tar) throws IOException {
    var input =
        new LayerInput(
            null, -1, Digest.sha256Of(tar), () -> new ByteArrayInputStream(tar), n -> {});
    UnpackedLayer layer = new LayerBuilder(dirs.base(), UnpackLimits.DEFAULT, false).build(input);
    UnpackedLayer settled = layer.settle(List.copyOf(stack).reversed());
    stack.add(settled.diff());
    return settled;
  }

  private static byte[] rebuild(UnpackedLayer layer) throws IOException {
    try (InputStream in = LayerTar.open(layer.directory(), layer.diffId())) {
      return in.readAllBytes();
    }
  }

  private UnpackedLayer roundTrip(byte[] tar) throws IOException {
    UnpackedLayer layer = build(tar);
    assertThat(rebuild(layer)).isEqualTo(tar);
    return layer;
  }

  private UnpackedLayer roundTrip(TarEntry... entries) throws IOException {
    return roundTrip(TarWriter.archive(Arrays.asList(entries)));
  }

  @Test
  void everyKindOfEntry() throws Exception {
    UnpackedLayer layer =
        roundTrip(
            TarEntry.dir("d", 0755),
            TarEntry.file("d/f", "content").xattr("user.x", new byte[] {0, 1}),
            TarEntry.file("d/empty", ""),
            TarEntry.file("x".repeat(200), "long name"),
            TarEntry.hardLink("d/hard", "d/f"),
            TarEntry.symlink("d/soft", "/etc/passwd"),
            TarEntry.symlink("way", "d"),
            TarEntry.file("way/through-a-link", "data"),
            TarEntry.fifo("pipe", 0600),
            TarEntry.charDevice("null", 0666, 1, 3),
            TarEntry.whiteout("gone"),
            TarEntry.file(".wh.with-data", "a whiteout that has content"),
            TarEntry.opaque("d"));
    assertThat(layer.directory().resolve("moves")).doesNotExist();
    assertThat(layer.directory().resolve("kept")).doesNotExist();
  }

  @Test
  void whatLaterEntriesReplaceIsKept() throws Exception {
    UnpackedLayer layer =
        roundTrip(
            TarEntry.file("a", "first"),
            TarEntry.hardLink("b", "a"),
            TarEntry.file("a", "second"),
            TarEntry.file("a", "third"),
            TarEntry.dir("d", 0755),
            TarEntry.file("d/x", "in a directory"),
            TarEntry.dir("d/sub", 0755),
            TarEntry.file("d/sub/y", "deeper"),
            TarEntry.file("d", "a file instead"),
            TarEntry.symlink("d", "e"),
            TarEntry.file("d/x", "through the link"),
            TarEntry.dir("empty", 0755),
            TarEntry.file("empty", ""),
            TarEntry.symlink("empty", "nowhere"));
    assertThat(layer.diff().resolve("a")).hasContent("third");
    assertThat(layer.diff().resolve("b")).hasContent("first");
    assertThat(layer.diff().resolve("e/x")).hasContent("through the link");
    assertThat(layer.diff().resolve("kept")).doesNotExist();
  }

  @Test
  void whatSettlingMovesIsFound() throws Exception {
    build(
        TarWriter.archive(
            List.of(
                TarEntry.dir("usr", 0755),
                TarEntry.dir("usr/lib", 0711),
                TarEntry.file("usr/lib/old", "below"),
                TarEntry.symlink("lib", "usr/lib"))));
    UnpackedLayer top =
        roundTrip(
            TarEntry.file("lib/sub/f", "x"),
            TarEntry.file("lib/g", "before"),
            TarEntry.file("lib/g", "after"),
            TarEntry.file("usr/lib/h", "direct"),
            TarEntry.hardLink("copy", "usr/lib/old"));
    assertThat(top.diff().resolve("usr/lib/sub/f")).hasContent("x");
    assertThat(top.diff().resolve("copy")).hasContent("below");
  }

  @Test
  void manyAndLargeOnesWhateverFollowsTheEnd() throws Exception {
    var random = new Random(7);
    var entries = new ArrayList<TarEntry>();
    for (int i = 0; i < 2000; i++) {
      byte[] data = new byte[random.nextInt(3000)];
      random.nextBytes(data);
      entries.add(TarEntry.file("f" + i, 0644, data));
    }
    byte[] large = new byte[3 << 20];
    random.nextBytes(large);
    entries.add(TarEntry.file("large", 0644, large));
    byte[] tar = TarWriter.archive(entries);
    roundTrip(tar);
    roundTrip(Arrays.copyOf(tar, tar.length - 1024)); // without an end
    byte[] tail = Arrays.copyOf(tar, tar.length + 200_000);
    for (int i = tar.length + 5000; i < tail.length; i++) {
      tail[i] = (byte) i;
    }
    roundTrip(tail);
    roundTrip(new byte[1024]);
    roundTrip(new byte[0]);
  }

  @Test
  void damageIsToldAndNeverReadOver() throws Exception {
    UnpackedLayer layer = roundTrip(TarEntry.file("f", "content"), TarEntry.file("g", "more"));
    Path f = layer.diff().resolve("f");
    Files.writeString(f, "CONTENT");
    assertThatThrownBy(() -> rebuild(layer)).isInstanceOf(DigestMismatchException.class);
    Files.writeString(f, "con");
    assertThatThrownBy(() -> rebuild(layer))
        .isInstanceOf(LayerException.class)
        .hasMessageContaining("'f'")
        .hasMessageContaining("shorter");
    Files.delete(f);
    assertThatThrownBy(() -> rebuild(layer)).isInstanceOf(LayerException.class);
    Files.createSymbolicLink(f, Path.of("/etc/passwd"));
    assertThatThrownBy(() -> rebuild(layer)).isInstanceOf(LayerException.class);
    Files.writeString(layer.directory().resolve("journal"), "broken");
    assertThatThrownBy(() -> rebuild(layer))
        .isInstanceOf(LayerException.class)
        .hasMessageContaining("tar journal");
    Files.delete(layer.directory().resolve("journal"));
    assertThatThrownBy(() -> rebuild(layer))
        .isInstanceOf(LayerException.class)
        .hasMessageContaining("has no tar journal");
  }

  @Test
  void headersWithoutEndAreRefused() throws Exception {
    byte[] tar =
        TarWriter.archive(
            List.of(TarEntry.file("f", "x").pax("comment", "c".repeat(90_000).getBytes(UTF_8))));
    Path directory = Files.createDirectory(dirs.path("limited"));
    try (var journal = new TarJournal(directory, new ByteArrayInputStream(tar), 50_000)) {
      assertThatThrownBy(journal::drain)
          .isInstanceOf(LayerException.class)
          .hasMessageContaining("headers of more than 50000 bytes");
    }
  }

  private static final java.nio.charset.Charset UTF_8 = StandardCharsets.UTF_8;

  @Test
  void aSparseFileOfAnySize() throws Exception {
    Path tree = Files.createDirectory(dirs.path("tree"));
    try (var channel =
        Files.newByteChannel(
            tree.resolve("s"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (long at : new long[] {1 << 16, 5L << 20, 9L << 30}) {
        channel.position(at).write(java.nio.ByteBuffer.wrap("data".getBytes(UTF_8)));
      }
    }
    for (String format :
        List.of("--format=gnu", "--format=pax --sparse-version=0.0", "--format=pax")) {
      Path tar = dirs.path("sparse.tar");
      var command = new ArrayList<>(List.of("tar", "-cSf", tar.toString(), "-C", tree.toString()));
      command.addAll(Arrays.asList(format.split(" ")));
      command.add(".");
      assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
      roundTrip(Files.readAllBytes(tar));
    }
  }
}
