package dev.gantry.image.layer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.image.tar.TarLimits;
import dev.gantry.image.tar.TarReader;
import dev.gantry.linux.Fd;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import dev.gantry.linux.file.Xattr;
import dev.gantry.oci.Digest;
import dev.gantry.testkit.TestDirs;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What GNU tar packs, in each of its formats, comes out as it was. */
class GnuTarOracleTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  private Path source;

  @BeforeEach
  void makeTree() throws IOException {
    source = Files.createDirectory(dirs.path("source"));
    Files.createDirectories(source.resolve("etc/sub"));
    Files.writeString(source.resolve("etc/passwd"), "root:x:0:0\n");
    Files.writeString(source.resolve("empty"), "");
    Files.createLink(source.resolve("etc/sub/linked"), source.resolve("etc/passwd"));
    Files.createSymbolicLink(source.resolve("absolute"), Path.of("/etc/passwd"));
    Files.createSymbolicLink(source.resolve("dangling"), Path.of("../../nowhere"));
    Files.writeString(source.resolve("n".repeat(97)), "99");
    Files.writeString(source.resolve("etc/sub/setuid"), "#!");
    try (Fd root = At.open(Fd.CWD, source.toString(), 0, 0)) {
      At.mknod(root, "fifo", FileStat.FIFO | 0640, 0);
      At.chmod(root, "fifo", 0640);
      At.mknod(root, "tty", FileStat.CHAR_DEVICE | 0620, At.dev(5, 300));
      At.mknod(root, "disk", FileStat.BLOCK_DEVICE | 0600, At.dev(8, 17));
      At.chown(root, "etc/sub/setuid", 1234, 4321);
      At.chmod(root, "etc/sub/setuid", 06755);
      At.chmod(root, "etc/sub", 01777);
      At.chown(root, "dangling", 7, 8);
      for (String name : new String[] {"etc/passwd", "dangling", "etc/sub", "etc", "tty"}) {
        At.utimens(root, name, Instant.ofEpochSecond(1), Instant.ofEpochSecond(1_234_567_890));
      }
    }
  }

  private void makeLongNames() throws IOException {
    Path deep = source;
    for (int i = 0; i < 12; i++) {
      deep = Files.createDirectory(deep.resolve(("deep" + i).repeat(4)));
    }
    Files.writeString(deep.resolve("x".repeat(255)), "long");
    Files.createSymbolicLink(
        source.resolve("far"), source.relativize(deep.resolve("y".repeat(200))));
    Files.createLink(source.resolve("near"), deep.resolve("x".repeat(255)));
    Files.writeString(source.resolve("größe-名"), "utf-8");
  }

  private void makeSparse() throws IOException {
    try (var file = new RandomAccessFile(source.resolve("sparse").toFile(), "rw")) {
      file.setLength(64 << 20);
      for (int i = 0; i < 40; i++) {
        file.seek((long) i * (1 << 20) + 8192);
        file.write("data %d".formatted(i).getBytes(StandardCharsets.UTF_8));
      }
    }
    try (var file = new RandomAccessFile(source.resolve("hole-at-end").toFile(), "rw")) {
      file.write(new byte[10_000]);
      file.setLength(8 << 20);
    }
    try (var file = new RandomAccessFile(source.resolve("only-hole").toFile(), "rw")) {
      file.setLength(4 << 20);
    }
  }

  private void makeXattrs() throws IOException {
    byte[] capability = {1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    try (Fd root = At.open(Fd.CWD, source.toString(), 0, 0)) {
      Xattr.set(root, "empty", "security.capability", capability);
      Xattr.set(root, "etc/sub/setuid", "user.binary", new byte[] {0, '\n', (byte) 0xff, '=', 0});
      Xattr.set(root, "etc", "user.dir", "value".getBytes(StandardCharsets.UTF_8));
      Xattr.set(root, "absolute", "trusted.link", new byte[] {9});
    }
  }

  @ParameterizedTest
  @CsvSource({
    "v7, --format=v7",
    "ustar, --format=ustar",
    "oldgnu, --format=oldgnu",
    "gnu, --format=gnu",
    "pax, --format=pax",
    "gnu sparse, --format=gnu --sparse",
    "oldgnu sparse, --format=oldgnu --sparse",
    "pax sparse 0.0, --format=pax --sparse --sparse-version=0.0",
    "pax sparse 0.1, --format=pax --sparse --sparse-version=0.1",
    "pax sparse 1.0, --format=pax --sparse --sparse-version=1.0",
    "pax xattrs, --format=pax --xattrs --xattrs-include=*",
  })
  void unpacksWhatTarPacks(String name, String options) throws Exception {
    pack(name, options);
    isUnpacked(name, false);
    isUnpacked(name, true);
  }

  private void pack(String name, String options) throws Exception {
    boolean old = name.equals("v7") || name.equals("ustar");
    if (!old) {
      makeLongNames();
    }
    if (name.contains("sparse")) {
      makeSparse();
    }
    if (name.contains("xattrs")) {
      makeXattrs();
    }
    if (name.equals("v7")) {
      // The seventh edition had none of these.
      Files.delete(source.resolve("fifo"));
      Files.delete(source.resolve("tty"));
      Files.delete(source.resolve("disk"));
    }
    Path tar = dirs.path("layer.tar");
    run("tar -cf " + tar + " -C " + source + " --numeric-owner --atime-preserve " + options + " .");
    run(
        "tar -xpf "
            + tar
            + " -C "
            + Files.createDirectory(dirs.path("theirs"))
            + " --numeric-owner --same-owner --xattrs --xattrs-include=*");
  }

  private void isUnpacked(String name, boolean archives) throws Exception {
    Path tar = dirs.path("layer.tar");
    Path theirs = dirs.path("theirs");
    Digest digest = Digest.sha256Of(Files.readAllBytes(tar));
    UnpackedLayer layer =
        new LayerBuilder(dirs.base(), UnpackLimits.DEFAULT, archives)
            .build(new LayerInput(null, -1, digest, () -> Files.newInputStream(tar), n -> {}));
    boolean sparse = name.contains("sparse");
    assertThat(LayerArchive.isIn(layer.directory())).isEqualTo(archives && !sparse);
    try (InputStream again = LayerTar.open(layer.directory(), digest)) {
      assertThat(again.readAllBytes()).isEqualTo(Files.readAllBytes(tar));
    }
    var claim = new LayerVerifier.Claim(digest, layer.selfContained(), layer.blobSize(), null);
    assertThat(
            new LayerVerifier(dirs.base(), UnpackLimits.DEFAULT)
                .verify(layer.directory(), claim, List.of()))
        .isEmpty();
    try (var root = LayerRoot.of(layer)) {
      Map<String, String> ours = TreeListing.of(root.path());
      assertThat(ours).isEqualTo(TreeListing.of(theirs));
      if (name.startsWith("pax")) {
        assertThat(ours).isEqualTo(TreeListing.of(source));
      } else {
        assertThat(ours.keySet()).isEqualTo(TreeListing.of(source).keySet());
      }
    }
  }

  @Test
  void namesThatAreNotUtf8StayBytes() throws Exception {
    Path script = dirs.path("make.sh");
    Files.writeString(
        script,
        """
        cd "$1"
        printf latin-1 >"$(printf 'caf\\351')"
        ln -s "$(printf 'caf\\351')" "$(printf 'to-\\377\\376')"
        """);
    run("sh " + script + " " + source);
    for (String format : new String[] {"gnu", "pax"}) {
      Path tar = dirs.path(format + ".tar");
      run("tar -cf " + tar + " -C " + source + " --format=" + format + " .");
      Path ours = Files.createDirectory(dirs.path(format));
      try (InputStream in = Files.newInputStream(tar)) {
        LayerUnpacker.unpack(
            new TarReader(in, TarLimits.DEFAULT), ours, UnpackLimits.DEFAULT, () -> 1 << 20);
      }
      assertThat(withoutTimes(TreeListing.of(ours)))
          .isEqualTo(withoutTimes(TreeListing.of(source)));
    }
  }

  private static Map<String, String> withoutTimes(Map<String, String> tree) {
    var without = new TreeMap<String, String>();
    tree.forEach((k, v) -> without.put(k, v.replaceAll("\\d{4}-\\S+Z", "")));
    return without;
  }

  private void run(String command) throws Exception {
    Process p =
        new ProcessBuilder(command.split(" +"))
            .redirectErrorStream(true)
            .redirectOutput(dirs.path("out").toFile())
            .start();
    assertThat(p.waitFor()).as(() -> command + ": " + output()).isZero();
  }

  private String output() {
    try {
      return Files.readString(dirs.path("out"));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
