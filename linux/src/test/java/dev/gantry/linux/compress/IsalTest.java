package dev.gantry.linux.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class IsalTest {
  @TempDir Path dir;

  private static byte[] gzip(byte[] data, int level) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (var out =
        new GZIPOutputStream(bytes) {
          {
            def.setLevel(level);
          }
        }) {
      out.write(data);
    }
    return bytes.toByteArray();
  }

  private static byte[] inflate(byte[] gzip) throws IOException {
    try (InputStream in = Isal.inflateGzip(new ByteArrayInputStream(gzip))) {
      return in.readAllBytes();
    }
  }

  /** Half text, half noise, with matches near and far. */
  private static byte[] data(Random random, int length) {
    byte[] data = new byte[length];
    random.nextBytes(data);
    for (int i = 0; i < length; i++) {
      if (i > 40_000 && (i >> 12) % 3 == 0) {
        data[i] = data[i - 32_000];
      } else if ((i >> 10) % 2 == 0) {
        data[i] = (byte) ('a' + (data[i] & 7));
      }
    }
    return data;
  }

  @Test
  void isHere() {
    assertThat(Isal.available()).isTrue();
  }

  @Test
  void agreesWithZlibOnWhateverItCompresses() throws IOException {
    Random random = new Random(9);
    for (int length : new int[] {0, 1, 7, 1_000, 65_536, 131_072, 131_073, 1_000_000}) {
      for (int level : new int[] {Deflater.NO_COMPRESSION, 1, 6, 9}) {
        byte[] data = data(random, length);
        assertThat(inflate(gzip(data, level))).isEqualTo(data);
      }
    }
  }

  @Test
  void takesItsInputInPiecesOfAnySize() throws IOException {
    Random random = new Random(2);
    byte[] data = data(random, 200_000);
    byte[] gzip = gzip(data, 6);
    for (int most : new int[] {1, 3, 1_000}) {
      InputStream slow =
          new ByteArrayInputStream(gzip) {
            @Override
            public synchronized int read(byte[] b, int off, int len) {
              return super.read(b, off, Math.min(len, 1 + random.nextInt(most)));
            }
          };
      try (InputStream in = Isal.inflateGzip(slow)) {
        byte[] got = new byte[data.length];
        for (int at = 0; at < got.length; ) {
          int n = in.read(got, at, Math.min(got.length - at, 1 + random.nextInt(5_000)));
          assertThat(n).isPositive();
          at += n;
        }
        assertThat(in.read()).isEqualTo(-1);
        assertThat(in.read()).isEqualTo(-1);
        assertThat(got).isEqualTo(data);
      }
    }
  }

  @Test
  void readsMembersOneAfterTheOtherAndPadding() throws IOException {
    Random random = new Random(4);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    for (int i = 0; i < 200; i++) {
      byte[] member = data(random, random.nextInt(3_000) * (i % 5));
      expected.write(member);
      all.write(gzip(member, i % 10));
    }
    assertThat(inflate(all.toByteArray())).isEqualTo(expected.toByteArray());
    all.write(new byte[100_000]);
    assertThat(inflate(all.toByteArray())).isEqualTo(expected.toByteArray());
    all.write('x');
    assertThatThrownBy(() -> inflate(all.toByteArray()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("gzip:");
  }

  @Test
  void readsHeadersWithNameAndAll() throws Exception {
    Path file = Files.writeString(dir.resolve("named"), "content");
    Process gzip = new ProcessBuilder("gzip", "-9", file.toString()).start();
    assertThat(gzip.waitFor()).isZero();
    byte[] named = Files.readAllBytes(dir.resolve("named.gz"));
    assertThat(named[3] & 8).isEqualTo(8);
    assertThat(inflate(named)).asString().isEqualTo("content");
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(new byte[] {0x1f, (byte) 0x8b, 8, 4 | 8 | 16, 0, 0, 0, 0, 0, 3, 5, 0});
    all.write("extra".getBytes(StandardCharsets.US_ASCII));
    all.write("name\0comment\0".getBytes(StandardCharsets.US_ASCII));
    byte[] plain = gzip("content".getBytes(StandardCharsets.US_ASCII), 6);
    all.write(plain, 10, plain.length - 10);
    assertThat(inflate(all.toByteArray())).asString().isEqualTo("content");
  }

  @Test
  void everyTornLengthEndsEarly() throws IOException {
    byte[] gzip = gzip(data(new Random(6), 3_000), 6);
    for (int length = 0; length < gzip.length; length++) {
      byte[] torn = Arrays.copyOf(gzip, length);
      assertThatThrownBy(() -> inflate(torn)).isInstanceOf(EOFException.class);
    }
  }

  @Test
  void corruptDataNeverPassesAndNeverCrashes() throws IOException {
    Random random = new Random(8);
    byte[] data = data(random, 20_000);
    byte[] gzip = gzip(data, 6);
    int noticed = 0;
    for (int i = 0; i < 3_000; i++) {
      byte[] bad = gzip.clone();
      int at = 10 + random.nextInt(bad.length - 10);
      bad[at] ^= (byte) (1 << random.nextInt(8));
      // Bits that nothing uses (before a byte boundary) may change; the data may not.
      try {
        assertThat(inflate(bad)).isEqualTo(data);
      } catch (IOException refused) {
        assertThat(refused).hasMessageStartingWith("gzip: ");
        noticed++;
      }
    }
    assertThat(noticed).isGreaterThan(2_950);
    for (int i = 0; i < 1_000; i++) {
      byte[] noise = new byte[2_000];
      random.nextBytes(noise);
      System.arraycopy(gzip, 0, noise, 0, 10);
      assertThatThrownBy(() -> inflate(noise)).isInstanceOf(IOException.class);
    }
    byte[] notGzip = new byte[100];
    Arrays.fill(notGzip, (byte) 'x');
    assertThatThrownBy(() -> inflate(notGzip)).hasMessage("gzip: not a gzip header");
  }

  @Test
  void isOfNoUseOnceClosed() throws IOException {
    InputStream in = Isal.inflateGzip(new ByteArrayInputStream(gzip(new byte[9], 6)));
    assertThat(in.read()).isZero();
    in.close();
    in.close();
    assertThatThrownBy(in::read).isInstanceOf(IOException.class);
  }
}
