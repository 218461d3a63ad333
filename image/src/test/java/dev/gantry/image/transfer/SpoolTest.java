package dev.gantry.image.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.image.transfer.Extents.Range;
import dev.gantry.testkit.TestDirs;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a spool knows after a crash, and what it must not believe. */
class SpoolTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  private Path file;
  private Path map;

  @BeforeEach
  void paths() {
    file = dirs.base().resolve("sha256-ab");
    map = dirs.base().resolve("sha256-ab.map");
  }

  private static void write(Spool spool, long at, int count) throws IOException {
    try (RandomAccessFile writer = spool.writer()) {
      spool.write(writer, at, new byte[count], count);
    }
  }

  private Spool filled() throws IOException {
    Spool spool = Spool.open(file, 1000);
    write(spool, 0, 100);
    write(spool, 500, 200);
    spool.save();
    return spool;
  }

  @Test
  void goesOnFromWhatTheMapSays() throws Exception {
    write(filled(), 100, 50); // came after the map was written: the process was killed then
    Spool again = Spool.open(file, 1000);
    assertThat(again.gaps()).containsExactly(new Range(100, 500), new Range(700, 1000));
    assertThat(again.bytes()).isEqualTo(300);
    assertThat(again.await(0)).isEqualTo(100);
  }

  @Test
  void believesNoMapThatIsTornOrOfAnotherFileOrBoot() throws Exception {
    filled();
    byte[] good = Files.readAllBytes(map);
    for (int length = 0; length < good.length; length += 7) {
      Files.write(map, java.util.Arrays.copyOf(good, length));
      nothingIsKnown(1000);
      Files.write(file, new byte[700]);
    }
    Files.write(map, good);
    nothingIsKnown(1001);
    filled();
    try (RandomAccessFile shorter = new RandomAccessFile(file.toFile(), "rw")) {
      shorter.setLength(600);
    }
    nothingIsKnown(1000);
    filled();
    String header = new String(Files.readAllBytes(map), java.nio.charset.StandardCharsets.US_ASCII);
    String boot = header.substring(0, header.indexOf('\n')).split(" ", -1)[3];
    Files.writeString(map, header.replace(boot, "00000000-0000-0000-0000-000000000000"));
    nothingIsKnown(1000);
    filled();
    Files.delete(file);
    nothingIsKnown(1000);
  }

  private void nothingIsKnown(long size) throws IOException {
    assertThat(Spool.open(file, size).gaps()).containsExactly(new Range(0, size));
    assertThat(file).doesNotExist();
    assertThat(map).doesNotExist();
  }

  private static byte[] noise() {
    byte[] blob = new byte[7_000_001];
    new Random(1).nextBytes(blob);
    return blob;
  }

  /** Writes {@code blob} in order, on another thread. */
  private static CompletableFuture<Void> comes(Spool spool, byte[] blob, int from, int to) {
    return CompletableFuture.runAsync(() -> {
      try (RandomAccessFile writer = spool.writer()) {
        for (int at = from; at < to; at += 50_000) {
          byte[] piece = java.util.Arrays.copyOfRange(blob, at, Math.min(at + 50_000, to));
          spool.write(writer, at, piece, piece.length);
        }
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    });
  }

  private static byte[] read(Spool spool, int from, int to) throws IOException {
    byte[] all = new byte[to - from];
    try (RandomAccessFile reader = spool.writer()) {
      for (int at = from; at < to; ) {
        int most = (int) Math.min(to - at, spool.await(at));
        at += spool.read(reader, at, all, at - from, Math.min(most, 70_000));
      }
    }
    return all;
  }

  @Test
  void whatIsReadAsFastAsItComesIsNotKept() throws Exception {
    byte[] blob = noise();
    try (Spool spool = Spool.open(file, blob.length)) {
      var writing = comes(spool, blob, 0, blob.length);
      assertThat(read(spool, 0, blob.length)).isEqualTo(blob);
      writing.get();
      assertThat(spool.came()).isEqualTo(blob.length);
      assertThat(spool.bytes()).isZero();
      assertThat(Files.size(file)).isZero();
    }
  }

  @Test
  void keepingLosesNothingThatIsYetToBeRead() throws Exception {
    byte[] blob = noise();
    try (Spool spool = Spool.open(file, blob.length)) {
      var writing = comes(spool, blob, 0, 5_000_000);
      assertThat(read(spool, 0, 4_000_000)).isEqualTo(java.util.Arrays.copyOf(blob, 4_000_000));
      spool.keep();
      writing.get();
      comes(spool, blob, 5_000_000, blob.length).get();
      assertThat(read(spool, 4_000_000, blob.length))
          .isEqualTo(java.util.Arrays.copyOfRange(blob, 4_000_000, blob.length));
      assertThat(spool.came()).isEqualTo(blob.length);
      assertThat(spool.bytes()).isGreaterThan(3_000_000);
      assertThat(spool.gaps()).hasSize(1);
      assertThat(spool.gaps().getFirst().from()).isZero();
      spool.save();
    }
    Spool again = Spool.open(file, blob.length);
    int from = (int) again.gaps().getFirst().to();
    assertThat(read(again, from, blob.length))
        .isEqualTo(java.util.Arrays.copyOfRange(blob, from, blob.length));
  }

  @Test
  void bytesOutOfOrderAreKept() throws Exception {
    byte[] blob = noise();
    try (Spool spool = Spool.open(file, blob.length)) {
      comes(spool, blob, 0, 1_000_000).get();
      comes(spool, blob, 3_000_000, blob.length).get();
      comes(spool, blob, 1_000_000, 3_000_000).get();
      assertThat(spool.gaps()).isEmpty();
      assertThat(read(spool, 0, blob.length)).isEqualTo(blob);
    }
  }

  @Test
  void whoReadsHearsWhyNothingMoreComes() throws Exception {
    Spool spool = filled();
    spool.fail(new IOException("no more"));
    assertThat(spool.await(99)).isEqualTo(1);
    assertThatThrownBy(() -> spool.await(100)).hasMessage("no more");
  }

  @Test
  void sweepingLeavesWhatIsWantedOrUsed() throws Exception {
    var spools = new Spools(dirs.base(), TransferSettings.DEFAULT);
    var wanted = dev.gantry.oci.Digest.sha256("a".repeat(64));
    var used = dev.gantry.oci.Digest.sha256("b".repeat(64));
    for (String name : List.of("a", "b", "c")) {
      Files.write(
          dirs.base().resolve("sha256-" + name.repeat(64)), new byte[1], StandardOpenOption.CREATE);
    }
    try (var _ = spools.claim(used, 20 << 20).orElseThrow()) {
      assertThat(spools.claim(used, 20 << 20)).as("one user at a time").isEmpty();
      assertThat(spools.claim(wanted, 1 << 20)).as("too small").isEmpty();
      spools.sweep(java.util.Set.of(wanted));
      try (var left = Files.list(dirs.base())) {
        assertThat(left.map(p -> p.getFileName().toString()))
            .containsExactlyInAnyOrder("sha256-" + "a".repeat(64), "sha256-" + "b".repeat(64));
      }
    }
  }

  @Test
  void extentsAreWhatABitSetSays() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      var extents = new Extents();
      var model = new BitSet();
      for (int i = 0; i < 40; i++) {
        int from = random.nextInt(100);
        int to = from + 1 + random.nextInt(20);
        extents.add(new Range(from, to));
        model.set(from, to);
        assertThat(extents.total()).isEqualTo(model.cardinality());
        int at = random.nextInt(120);
        assertThat(extents.endFrom(at)).isEqualTo(model.nextClearBit(at));
      }
      var rebuilt = new BitSet();
      extents.ranges().forEach(r -> rebuilt.set((int) r.from(), (int) r.to()));
      assertThat(rebuilt).isEqualTo(model);
      extents.gaps(120).forEach(r -> rebuilt.set((int) r.from(), (int) r.to()));
      assertThat(rebuilt.nextClearBit(0)).isEqualTo(120);
    }
  }
}
