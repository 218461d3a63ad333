package dev.gantry.image.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.image.LayerException;
import dev.gantry.image.store.LayerDirectory;
import dev.gantry.linux.Fd;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import dev.gantry.linux.file.Xattr;
import dev.gantry.linux.mount.Mounts;
import dev.gantry.oci.Digest;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TarWriter;
import dev.gantry.testkit.TestDirs;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A layer that stays its archive looks, mounted, as if it had been unpacked. */
class LayerArchiveTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  private final List<LayerRoot> mounted = new ArrayList<>();

  @AfterEach
  void unmount() {
    mounted.forEach(LayerRoot::close);
  }

  private LayerBuilder builder() {
    return new LayerBuilder(dirs.base(), UnpackLimits.DEFAULT, true);
  }

  private UnpackedLayer build(TarEntry... entries) throws IOException {
    return build(Arrays.asList(entries));
  }

  private UnpackedLayer build(List<TarEntry> entries) throws IOException {
    byte[] tar = TarWriter.archive(entries);
    return builder()
        .build(
            new LayerInput(
                null, -1, Digest.sha256Of(tar), () -> new ByteArrayInputStream(tar), n -> {}));
  }

  /** Root of a layer that was kept as an archive. */
  private Path root(UnpackedLayer layer) throws IOException {
    assertThat(LayerArchive.isIn(layer.directory())).isTrue();
    try (Stream<Path> files = Files.list(layer.directory())) {
      assertThat(files).hasSize(2);
    }
    return mount(layer);
  }

  private Path mount(UnpackedLayer layer) throws IOException {
    LayerRoot root = LayerRoot.of(layer);
    mounted.add(root);
    return root.path();
  }

  private void isSound(UnpackedLayer layer, List<Path> below) throws IOException {
    var claim =
        new LayerVerifier.Claim(layer.diffId(), layer.selfContained(), layer.blobSize(), null);
    assertThat(
            new LayerVerifier(dirs.base(), UnpackLimits.DEFAULT)
                .verify(layer.directory(), claim, below))
        .isEmpty();
  }

  private static FileStat stat(Path path) throws IOException {
    return At.stat(Fd.CWD, path.toString(), false);
  }

  @Test
  void directoriesOfAnySizeInAnyOrder() throws Exception {
    var random = new Random(3);
    var names = new TreeSet<String>(List.of("!", "-", "...", ".a", "a.", " ", "ä", "\u007f", "~"));
    for (int i = 0; i < 4000; i++) {
      names.add("n".repeat(random.nextInt(0, 251)) + i);
    }
    var shuffled = new ArrayList<>(names);
    Collections.shuffle(shuffled, random);
    var entries = new ArrayList<TarEntry>();
    entries.add(TarEntry.dir("d", 0755));
    shuffled.forEach(name -> entries.add(TarEntry.file("d/" + name, name)));
    entries.add(TarEntry.dir("empty", 0700));
    UnpackedLayer layer = build(entries);
    Path root = root(layer);
    try (Stream<Path> listed = Files.list(root.resolve("d"))) {
      assertThat(listed.map(p -> p.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(names);
    }
    for (String name : shuffled) {
      assertThat(root.resolve("d").resolve(name)).hasContent(name);
    }
    assertThat(root.resolve("d/nothing")).doesNotExist();
    assertThat(root.resolve("empty")).isEmptyDirectory();
    isSound(layer, List.of());
  }

  @Test
  void filesOfAnySizeHaveTheirData() throws Exception {
    var random = new Random(5);
    var entries = new ArrayList<TarEntry>();
    var contents = new ArrayList<byte[]>();
    for (int size : new int[] {0, 1, 511, 512, 513, 4095, 4096, 4097, 70_000, 5 << 20}) {
      byte[] content = new byte[size];
      random.nextBytes(content);
      contents.add(content);
      entries.add(TarEntry.file("f" + size, 0644, content));
    }
    Path root = root(build(entries));
    for (byte[] content : contents) {
      assertThat(root.resolve("f" + content.length)).hasBinaryContent(content);
    }
  }

  @Test
  void linksOfBothKinds() throws Exception {
    var entries = new ArrayList<TarEntry>();
    var targets = new ArrayList<String>();
    for (int length : new int[] {1, 400, 448, 449, 511, 512, 513, 4000}) {
      String target = "t".repeat(length);
      targets.add(target);
      entries.add(TarEntry.symlink("s" + length, target));
    }
    entries.add(TarEntry.file("f", "x"));
    entries.add(TarEntry.hardLink("g", "f"));
    entries.add(TarEntry.hardLink("h", "g"));
    entries.add(TarEntry.file("g", "another"));
    entries.add(TarEntry.dir("d", 0755));
    entries.add(TarEntry.dir("d/one", 0755));
    entries.add(TarEntry.dir("d/two", 0755));
    UnpackedLayer layer = build(entries);
    Path root = root(layer);
    for (String target : targets) {
      assertThat(Files.readSymbolicLink(root.resolve("s" + target.length()))).hasToString(target);
    }
    assertThat(stat(root.resolve("h"))).isEqualTo(stat(root.resolve("f")));
    assertThat(stat(root.resolve("h")).nlink()).isEqualTo(2);
    assertThat(stat(root.resolve("g")).nlink()).isEqualTo(1);
    assertThat(stat(root.resolve("d")).nlink()).isEqualTo(4);
    isSound(layer, List.of());
  }

  @Test
  void attributesAreAsTheyWere() throws Exception {
    byte[] capability = new byte[20];
    capability[0] = 1;
    capability[3] = 2;
    byte[] large = new byte[3000];
    Arrays.fill(large, (byte) 7);
    UnpackedLayer layer =
        build(
            TarEntry.dir("d", 01777).owner(70_000, 80_000).mtime(Instant.ofEpochSecond(5, 7)),
            TarEntry.file("d/f", "x")
                .owner(4_294_967_294L, 1)
                .xattr("security.capability", capability)
                .xattr("user.large", large)
                .xattr("trusted.overlay.opaque", new byte[] {'y'})
                .xattr("unknown.space", new byte[] {1})
                .mtime(Instant.ofEpochSecond(8_000_000_000L, 999_999_999)));
    Path root = root(layer);
    Path f = root.resolve("d/f");
    assertThat(stat(root.resolve("d")).permissions()).isEqualTo(01777);
    assertThat(stat(root.resolve("d")).uid()).isEqualTo(70_000);
    assertThat(stat(root.resolve("d")).mtime()).isEqualTo(Instant.ofEpochSecond(5, 7));
    assertThat(stat(f).uid()).isEqualTo((int) 4_294_967_294L);
    assertThat(stat(f).mtime()).isEqualTo(Instant.ofEpochSecond(8_000_000_000L, 999_999_999));
    assertThat(Xattr.list(Fd.CWD, f.toString()))
        .containsExactlyInAnyOrder("security.capability", "user.large");
    assertThat(Xattr.get(Fd.CWD, f.toString(), "security.capability")).contains(capability);
    assertThat(Xattr.get(Fd.CWD, f.toString(), "user.large")).contains(large);
  }

  @Test
  void anOverlayOfSuchLayersIsOneFileSystem() throws Exception {
    UnpackedLayer below =
        build(
            TarEntry.dir("d", 0755), TarEntry.file("d/kept", "kept"), TarEntry.file("d/gone", "x"));
    UnpackedLayer above =
        build(TarEntry.dir("d", 0755), TarEntry.whiteout("d/gone"), TarEntry.file("d/new", "new"));
    Path merged = Files.createDirectory(dirs.path("merged"));
    Path upper = Files.createDirectory(dirs.path("upper"));
    Path work = Files.createDirectory(dirs.path("work"));
    Mounts.overlay(
        new Mounts.OverlayMount(List.of(root(above), root(below)), upper, work, merged, Map.of()));
    try {
      unmount(); // the overlay needs nobody to hold its layers
      Files.writeString(merged.resolve("d/written"), "w");
      assertThat(merged.resolve("d/gone")).doesNotExist();
      for (String name : new String[] {"kept", "new", "written"}) {
        assertThat(merged.resolve("d").resolve(name)).exists();
        assertThat(stat(merged.resolve("d").resolve(name)).dev()).isEqualTo(stat(merged).dev());
      }
      Files.writeString(merged.resolve("d/kept"), "changed");
      assertThat(merged.resolve("d/kept")).hasContent("changed");
    } finally {
      Mounts.unmount(merged);
    }
  }

  @Test
  void anOverlayOfAsManyLayersAsAnImageMayHave() throws Exception {
    var topFirst = new ArrayList<Path>();
    for (int i = 0; i < 127; i++) {
      topFirst.addFirst(root(build(TarEntry.dir("d", 0755), TarEntry.file("d/f" + i, "" + i))));
    }
    Path merged = Files.createDirectory(dirs.path("merged"));
    Mounts.overlay(new Mounts.OverlayMount(topFirst, null, null, merged, Map.of()));
    try (Stream<Path> files = Files.list(merged.resolve("d"))) {
      assertThat(files).hasSize(127);
      assertThat(merged.resolve("d/f0")).hasContent("0");
      assertThat(stat(merged.resolve("d/f126")).dev()).isEqualTo(stat(merged).dev());
    } finally {
      Mounts.unmount(merged);
    }
  }

  @Test
  void impliedDirectoriesAreAsThoseBelow() throws Exception {
    UnpackedLayer below =
        build(
            TarEntry.dir("usr", 0755),
            TarEntry.dir("usr/lib", 0711).owner(5, 6).mtime(Instant.ofEpochSecond(9, 8)));
    UnpackedLayer above = build(TarEntry.file("usr/lib/new/f", "x"));
    assertThat(above.selfContained()).isFalse();
    List<Path> stack = List.of(root(below));
    UnpackedLayer settled = builder().settle(above, stack);
    Path root = root(settled);
    assertThat(root.resolve("usr/lib/new/f")).hasContent("x");
    FileStat lib = stat(root.resolve("usr/lib"));
    assertThat(lib.permissions()).isEqualTo(0711);
    assertThat(lib.uid()).isEqualTo(5);
    assertThat(lib.gid()).isEqualTo(6);
    assertThat(lib.mtime()).isEqualTo(Instant.ofEpochSecond(9, 8));
    assertThat(stat(root.resolve("usr/lib/new")).permissions()).isEqualTo(0755);
    isSound(settled, stack);
  }

  @Test
  void whatNoIndexCanSayIsUnpacked() throws Exception {
    Path below =
        root(
            build(
                TarEntry.dir("usr", 0755),
                TarEntry.dir("usr/lib", 0755),
                TarEntry.file("usr/lib/old", "old"),
                TarEntry.dir("attributed", 0755).xattr("user.x", new byte[] {1}),
                TarEntry.symlink("lib", "usr/lib")));
    String data = "x".repeat(1 << 20);
    UnpackedLayer moved = settled(below, TarEntry.file("lib/f", data));
    assertThat(mount(moved).resolve("usr/lib/f")).hasContent(data);
    assertThat(moved.report().bytes()).isBetween(1L << 20, 3L << 19); // the archive is gone
    UnpackedLayer linked = settled(below, TarEntry.hardLink("copy", "usr/lib/old"));
    assertThat(mount(linked).resolve("copy")).hasContent("old");
    UnpackedLayer attributed = settled(below, TarEntry.file("attributed/f", "x"));
    assertThat(Xattr.get(Fd.CWD, mount(attributed).resolve("attributed").toString(), "user.x"))
        .contains(new byte[] {1});
  }

  @Test
  void moreNamesThanTheDaemonHasMemoryForAreUnpacked() throws Exception {
    var entries = new ArrayList<TarEntry>();
    for (int i = 0; i < 22_000; i++) {
      entries.add(TarEntry.symlink("n".repeat(249) + i, "t"));
    }
    UnpackedLayer layer = build(entries);
    assertThat(LayerArchive.isIn(layer.directory())).isFalse();
    try (Stream<Path> names = Files.list(mount(layer))) {
      assertThat(names).hasSize(22_000);
    }
  }

  private UnpackedLayer settled(Path below, TarEntry entry) throws IOException {
    UnpackedLayer layer = builder().settle(build(entry), List.of(below));
    assertThat(LayerArchive.isIn(layer.directory())).isFalse();
    isSound(layer, List.of(below));
    return layer;
  }

  @Test
  void aLayerThatIsRefusedLeavesNothing() throws Exception {
    Path empty = Files.createDirectory(dirs.path("empty"));
    byte[] tar = TarWriter.archive(List.of(TarEntry.file("f", "x"), TarEntry.file("../g", "y")));
    var builder = new LayerBuilder(empty, UnpackLimits.DEFAULT, true);
    assertThatThrownBy(() ->
            builder.build(
                new LayerInput(
                    null, -1, Digest.sha256Of(tar), () -> new ByteArrayInputStream(tar), n -> {})))
        .isInstanceOf(LayerException.class)
        .hasMessageContaining("points outside the layer's root");
    assertThat(empty).isEmptyDirectory();
    assertThat(builder.usage().bytes()).isZero();
  }

  @Test
  void whatFollowsAnArchiveIsNoWayAroundTheLimits() throws Exception {
    byte[] tar = TarWriter.archive(List.of(TarEntry.file("f", "x")));
    byte[] plain = Arrays.copyOf(tar, 150 << 20);
    byte[] bomb = com.github.luben.zstd.Zstd.compress(plain, 3);
    var input =
        new LayerInput(
            Digest.sha256Of(bomb),
            bomb.length,
            Digest.sha256Of(plain),
            () -> new ByteArrayInputStream(bomb),
            n -> {});
    assertThatThrownBy(() -> builder().build(input))
        .isInstanceOf(LayerException.class)
        .hasMessageContaining("decompression bomb");
  }

  @Test
  void namesAndTargetsOfLinksHaveTheKernelsLimits() {
    assertThatThrownBy(
            () -> build(TarEntry.symlink("l", "n".repeat(300)), TarEntry.file("l/f", "x")))
        .isInstanceOf(LayerException.class)
        .hasMessageContaining("longer than 255");
    assertThatThrownBy(() -> build(TarEntry.symlink("l", "€".repeat(2000))))
        .isInstanceOf(LayerException.class)
        .hasMessageContaining("bad target");
  }

  @Test
  void deepTreesThatALaterEntryReplacesAreForgotten() throws Exception {
    String deep = "a/".repeat(500) + "f";
    UnpackedLayer layer =
        build(
            TarEntry.file("data", "x"),
            TarEntry.file(deep, "x"),
            TarEntry.hardLink("a/linked", "data"),
            TarEntry.file("a", "instead"));
    assertThat(layer.selfContained()).isTrue();
    Path root = root(layer);
    assertThat(root.resolve("a")).hasContent("instead");
    assertThat(stat(root.resolve("data")).nlink()).isEqualTo(1);
  }

  @Test
  void aDirectoryThatComesAgainKeepsWhatItHad() throws Exception {
    Path d =
        root(build(
                TarEntry.dir("d", 0700).xattr("user.x", new byte[] {1}),
                TarEntry.dir("d", 0755).xattr("user.y", new byte[] {2})))
            .resolve("d");
    assertThat(Xattr.list(Fd.CWD, d.toString())).containsExactlyInAnyOrder("user.x", "user.y");
    assertThat(stat(d).permissions()).isEqualTo(0755);
  }

  @Test
  void theStoreMountsALayerOnce() throws Exception {
    Path layers = Files.createDirectory(dirs.path("layers"));
    Path temporary = Files.createDirectory(dirs.path("temporary"));
    UnpackedLayer layer = build(TarEntry.file("f", "content"));
    try (var store = new LayerDirectory(layers, temporary)) {
      var id = store.publish(layer, layer.diffId()).id();
      Path root = store.topFirst(List.of(id)).getFirst();
      assertThat(root.resolve("f")).hasContent("content");
      assertThat(store.topFirst(List.of(id))).containsExactly(root);
      assertThat(Files.readString(Path.of("/proc/self/mountinfo"), StandardCharsets.UTF_8))
          .doesNotContain(layers.toString());
      store.delete(store.detach(java.util.Set.of()));
      assertThat(layers).isEmptyDirectory();
      assertThat(root).doesNotExist();
    }
  }
}
