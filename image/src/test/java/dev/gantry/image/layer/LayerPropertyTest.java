package dev.gantry.image.layer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.image.ImageException;
import dev.gantry.linux.Fd;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.DeleteTree;
import dev.gantry.linux.file.FileStat;
import dev.gantry.oci.Digest;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TarWriter;
import dev.gantry.testkit.TestDirs;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever an archive holds: a valid one unpacks as GNU tar does it, a hostile one is refused or
 * stays inside, and every layer gives its archive back. {@code -Dgantry.archives=N} tries more; the
 * seed that fails is in the message.
 */
class LayerPropertyTest {
  private static final int ARCHIVES = Integer.getInteger("gantry.archives", 60);
  private static final long FIRST_SEED = Long.getLong("gantry.seed", 20_261_121);

  @RegisterExtension final TestDirs dirs = new TestDirs();

  private UnpackedLayer build(byte[] tar, boolean archives) throws IOException {
    var input =
        new LayerInput(
            null, -1, Digest.sha256Of(tar), () -> new ByteArrayInputStream(tar), n -> {});
    return new LayerBuilder(dirs.base().resolve("tmp"), UnpackLimits.DEFAULT, archives)
        .build(input);
  }

  private void isTheSameAgain(UnpackedLayer layer, byte[] tar, String seed) throws IOException {
    try (InputStream in = LayerTar.open(layer.directory(), layer.diffId())) {
      assertThat(in.readAllBytes()).as(seed).isEqualTo(tar);
    }
    if (layer.report().links().isEmpty()) {
      var claim =
          new LayerVerifier.Claim(layer.diffId(), layer.selfContained(), layer.blobSize(), null);
      assertThat(
              new LayerVerifier(dirs.base(), UnpackLimits.DEFAULT)
                  .verify(layer.directory(), claim, List.of()))
          .as(seed)
          .isEmpty();
    }
  }

  @ParameterizedTest(name = "kept as archives: {0}")
  @ValueSource(booleans = {false, true})
  void validArchivesAreUnpackedAsTarDoes(boolean archives) throws Exception {
    Files.createDirectory(dirs.path("tmp"));
    int kept = 0;
    for (int i = 0; i < ARCHIVES; i++) {
      long seed = FIRST_SEED + i;
      var model = new ArchiveModel(seed, 10 + i % 70, i % 2 == 0);
      var entries = new ArrayList<TarEntry>();
      if (archives) {
        // With its parents the archive leans on no layer below. Tar does not replace a directory
        // that was stated by a link, so what is below a name that becomes one is left out.
        var parents = new TreeSet<>(model.implied());
        for (TarEntry entry : model.entries()) {
          String last = EntryPath.name(entry.name().replaceAll("/+$", ""));
          parents.removeIf(path -> List.of(path.split("/")).contains(last));
        }
        parents.forEach(path -> entries.add(TarEntry.dir(path, 0755)));
      }
      entries.addAll(model.entries());
      byte[] tar = TarWriter.archive(entries);
      UnpackedLayer layer = build(tar, archives);
      Path theirs = unpackByTar(tar, "seed " + seed);
      whiteoutsAsOverlayfsHasThem(theirs, model);
      kept += LayerArchive.isIn(layer.directory()) ? 1 : 0;
      try (var root = LayerRoot.of(layer)) {
        var ours = stated(root.path(), model.implied()).entrySet();
        var expected = stated(theirs, model.implied()).entrySet();
        assertThat(ours).as("seed " + seed).containsExactlyInAnyOrderElementsOf(expected);
        directoryTimes(root.path(), model, "seed " + seed);
      }
      isTheSameAgain(layer, tar, "seed " + seed);
      DeleteTree.delete(theirs);
      DeleteTree.delete(layer.directory());
    }
    assertThat(kept).isBetween(archives ? ARCHIVES / 4 : 0, archives ? ARCHIVES : 0);
  }

  private Path unpackByTar(byte[] tar, String seed) throws Exception {
    Path archive = Files.write(dirs.base().resolve("archive.tar"), tar);
    Path theirs = Files.createDirectory(dirs.base().resolve("theirs"));
    Path out = dirs.base().resolve("tar.out");
    Process p =
        new ProcessBuilder(
                "tar",
                "-xpPf",
                archive.toString(),
                "-C",
                theirs.toString(),
                "--numeric-owner",
                "--same-owner",
                "--xattrs",
                "--xattrs-include=*")
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    assertThat(p.waitFor()).as(() -> seed + ": " + read(out)).isZero();
    return theirs;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** What tar takes for files becomes what it stands for. */
  private static void whiteoutsAsOverlayfsHasThem(Path root, ArchiveModel model)
      throws IOException {
    var times = new TreeMap<String, FileStat>();
    try (var all = Files.walk(root)) {
      for (Path p : all.filter(f -> f.getFileName().toString().startsWith(".wh.")).toList()) {
        String parent = p.resolveSibling(".").toString();
        times.putIfAbsent(parent, At.stat(Fd.CWD, parent, false));
        Files.delete(p);
      }
    }
    try (Fd fd = At.open(Fd.CWD, root.toString(), 0, 0)) {
      for (String path : model.whiteouts()) {
        At.mknod(fd, path, FileStat.CHAR_DEVICE, 0);
      }
      for (String path : model.opaque()) {
        LayerTree.setOpaque(fd, path);
      }
    }
    for (var t : times.entrySet()) {
      At.utimens(Fd.CWD, t.getKey(), t.getValue().mtime(), t.getValue().mtime());
    }
  }

  /** What tar only gets right when an archive comes back to no directory. */
  private static void directoryTimes(Path root, ArchiveModel model, String seed)
      throws IOException {
    for (var time : model.times().entrySet()) {
      assertThat(At.stat(Fd.CWD, root.resolve(time.getKey()).toString(), false).mtime())
          .as(seed + " " + time.getKey())
          .isEqualTo(time.getValue());
    }
  }

  /** The tree without the times that no entry states, and those of directories. */
  private static Map<String, String> stated(Path root, Set<String> implied) throws IOException {
    var lines = new TreeMap<>(TreeListing.of(root));
    lines.replaceAll((path, line) -> {
      boolean any = line.contains("dev=0:0") || line.startsWith("04");
      return any || implied.contains(path) ? line.replaceAll("\\d{4}-\\S+Z", "") : line;
    });
    return lines;
  }

  @ParameterizedTest(name = "kept as archives: {0}")
  @ValueSource(booleans = {false, true})
  void hostileArchivesAreRefusedOrStayInside(boolean archives) throws Exception {
    Path tmp = Files.createDirectory(dirs.path("tmp"));
    Path outside = Files.createDirectory(dirs.path("outside"));
    Files.writeString(outside.resolve("secret"), "secret");
    Files.createDirectory(outside.resolve("d"));
    Map<String, String> before = TreeListing.of(outside);
    int refused = 0;
    for (int i = 0; i < ARCHIVES * 10; i++) {
      long seed = FIRST_SEED + i;
      byte[] tar = new HostileArchives(seed, outside).next();
      try {
        UnpackedLayer layer = build(tar, archives);
        isTheSameAgain(layer, tar, "seed " + seed);
        DeleteTree.delete(layer.directory());
      } catch (ImageException expected) {
        assertThat(expected.getMessage()).as("seed " + seed).isNotBlank();
        refused++;
      } catch (IOException | RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
      assertThat(TreeListing.of(outside)).as("seed " + seed).isEqualTo(before);
      assertThat(tmp).as("seed " + seed).isEmptyDirectory();
    }
    assertThat(refused).isBetween(ARCHIVES, ARCHIVES * 10 - ARCHIVES);
  }

  /** Archives with everything that has ever got out of one, and damage of any kind. */
  private static final class HostileArchives {
    private final Random random;
    private final String outside;

    HostileArchives(long seed, Path outside) {
      this.random = new Random(seed);
      this.outside = outside.toString();
    }

    byte[] next() {
      var entries = new ArrayList<>(new ArchiveModel(random.nextLong(), 8, true).entries());
      for (int i = random.nextInt(1, 6); i > 0; i--) {
        entries.add(random.nextInt(entries.size() + 1), hostile());
      }
      byte[] tar = TarWriter.archive(entries);
      return switch (random.nextInt(6)) {
        case 0 -> flipped(tar);
        case 1 -> Arrays.copyOf(tar, random.nextInt(tar.length));
        case 2 -> field(tar);
        default -> tar;
      };
    }

    private String path() {
      String[] all = {
        outside + "/secret",
        outside + "/new",
        "../outside/secret",
        "x/../../../outside/new",
        "evil/secret",
        "evil/new",
        "up/secret",
        "up/d/new",
        "loop/x",
        "a",
        "a/b",
        "usr",
        "usr/lib",
        "..",
        ".",
        "/",
        "d/".repeat(random.nextInt(1, 1500)) + "x",
        "n".repeat(random.nextInt(1, 400)),
        ".wh.",
        ".wh...",
        ".wh..",
        "evil/.wh.secret",
        "up/.wh..wh..opq",
        "evil/.wh.d",
      };
      return all[random.nextInt(all.length)];
    }

    private TarEntry hostile() {
      return switch (random.nextInt(10)) {
        case 0 -> TarEntry.symlink("evil", outside);
        case 1 ->
            TarEntry.symlink("up", "../".repeat(random.nextInt(1, 20)) + outside.substring(1));
        case 2 -> TarEntry.symlink("loop", "loop");
        case 3 -> TarEntry.hardLink(path(), path());
        case 4 -> TarEntry.dir(path(), 0777);
        case 5 -> TarEntry.symlink(path(), path());
        case 6 -> TarEntry.charDevice(path(), 0666, 1, 3);
        case 7 -> TarEntry.file(path(), "x").pax("size", size());
        case 8 -> TarEntry.raw((char) random.nextInt('0', 'z'), path(), new byte[0], path());
        default -> TarEntry.file(path(), 0644, "overwritten".getBytes(UTF_8));
      };
    }

    private byte[] size() {
      String[] all = {"-1", "9223372036854775807", "99999999999999999999", "x", "1e3", "4096"};
      return all[random.nextInt(all.length)].getBytes(UTF_8);
    }

    private byte[] flipped(byte[] tar) {
      for (int i = random.nextInt(1, 5); i > 0; i--) {
        tar[random.nextInt(tar.length)] ^= (byte) (1 << random.nextInt(8));
      }
      return tar;
    }

    /** Another value in a numeric field of a header, with the checksum that belongs to it. */
    private byte[] field(byte[] tar) {
      int at = random.nextInt(tar.length / 512) * 512;
      int[] offsets = {100, 108, 116, 124, 136, 329, 337};
      int offset = at + offsets[random.nextInt(offsets.length)];
      for (int i = 0; i < 7; i++) {
        tar[offset + i] = (byte) (random.nextBoolean() ? '7' : random.nextInt(256));
      }
      Arrays.fill(tar, at + 148, at + 156, (byte) ' ');
      int sum = 0;
      for (int i = 0; i < 512; i++) {
        sum += tar[at + i] & 0xff;
      }
      byte[] text = "%06o\0 ".formatted(sum).getBytes(UTF_8);
      System.arraycopy(text, 0, tar, at + 148, text.length);
      return tar;
    }
  }

  private static final java.nio.charset.Charset UTF_8 = java.nio.charset.StandardCharsets.UTF_8;
}
