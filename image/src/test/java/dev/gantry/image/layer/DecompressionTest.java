package dev.gantry.image.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** Every kind of compression, read in pieces of every size. */
class DecompressionTest {
  private static final byte[] SKIPPABLE = {0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3};
  private final Random random = new Random(7);

  private byte[] data(int length) {
    byte[] data = new byte[length];
    random.nextBytes(data);
    for (int i = 0; i < length; i++) {
      data[i] = (i >> 11) % 3 == 0 ? data[i] : (byte) (data[i] & 3);
    }
    return data;
  }

  private static byte[] zstd(byte[] data, int level, int windowLog) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var out = new ZstdOutputStreamNoFinalizer(bytes, level)) {
      out.setWindowLog(windowLog);
      out.write(data);
    }
    return bytes.toByteArray();
  }

  private static byte[] gzip(byte[] data) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(bytes)) {
      out.write(data);
    }
    return bytes.toByteArray();
  }

  private static byte[] join(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  /** Gives what it has in pieces of random size. */
  private InputStream slow(byte[] bytes) {
    return new ByteArrayInputStream(bytes) {
      @Override
      public synchronized int read(byte[] into, int offset, int length) {
        return super.read(into, offset, Math.min(length, 1 + random.nextInt(70_000)));
      }
    };
  }

  private byte[] channel(ReadableByteChannel in) throws IOException {
    var all = new ByteArrayOutputStream();
    try (in) {
      while (true) {
        ByteBuffer direct = ByteBuffer.allocateDirect(1 + random.nextInt(200_000));
        int n = in.read(direct);
        if (n < 0) {
          assertThat(in.isOpen()).isTrue();
          break;
        }
        assertThat(n).isPositive().isEqualTo(direct.position());
        byte[] piece = new byte[n];
        direct.flip().get(piece);
        all.writeBytes(piece);
      }
    }
    assertThat(in.isOpen()).isFalse();
    return all.toByteArray();
  }

  private void comesOutOf(byte[] plain, byte[] packed) throws IOException {
    assertThat(channel(Decompression.open(slow(packed)))).isEqualTo(plain);
    try (InputStream stream = Decompression.stream(slow(packed))) {
      assertThat(stream.readAllBytes()).isEqualTo(plain);
    }
  }

  @Test
  void everyKind() throws IOException {
    for (int size : List.of(0, 1, 3, 4, 1000, 131_072, 1_500_000)) {
      byte[] plain = data(size);
      comesOutOf(plain, plain);
      comesOutOf(plain, gzip(plain));
      comesOutOf(plain, zstd(plain, 3, 20));
      comesOutOf(plain, Zstd.compress(plain, 1));
      assertThat(channel(new GzipChannel(slow(gzip(plain))))).isEqualTo(plain);
    }
  }

  @Test
  void manyMembersAndFrames() throws IOException {
    byte[] one = data(300_000);
    byte[] two = data(70_000);
    byte[] both = join(one, two);
    comesOutOf(both, join(gzip(one), gzip(new byte[0]), gzip(two), new byte[700]));
    assertThat(channel(new GzipChannel(slow(join(gzip(one), gzip(two), new byte[700])))))
        .isEqualTo(both);
    comesOutOf(
        both,
        join(SKIPPABLE, zstd(one, 1, 18), SKIPPABLE, zstd(new byte[0], 1, 18), zstd(two, 9, 21)));
  }

  @Test
  void aDecoderThatHoldsMuchLosesNothing() throws IOException {
    byte[] zeros = new byte[40 << 20];
    byte[] packed = zstd(zeros, 3, 23);
    assertThat(packed.length).isLessThan(10_000);
    assertThat(channel(Decompression.open(slow(packed)))).isEqualTo(zeros);
  }

  @Test
  void whatIsCutOrDamagedIsFoundOut() throws IOException {
    byte[] plain = data(400_000);
    for (byte[] packed : List.of(zstd(plain, 3, 20), gzip(plain))) {
      for (int i = 0; i < 30; i++) {
        byte[] cut = Arrays.copyOf(packed, 5 + random.nextInt(packed.length - 6));
        assertThatThrownBy(() -> channel(Decompression.open(slow(cut))))
            .isInstanceOf(EOFException.class)
            .hasMessageContaining("the stream ends early");
      }
    }
    byte[] packed = zstd(plain, 3, 20);
    byte[] followed = join(packed, data(50));
    assertThatThrownBy(() -> channel(Decompression.open(slow(followed))))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("zstd: ");
    packed[9] ^= 0x55; // in the first block's header or right behind it
    packed[10] ^= 0x55;
    assertThatThrownBy(
            () -> {
              byte[] other = channel(Decompression.open(slow(packed)));
              assertThat(other).isNotEqualTo(plain);
              throw new IOException("zstd: found out by the digest");
            })
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("zstd: ");
  }

  @Test
  void aWindowThatIsTooLargeIsRefused() throws IOException {
    byte[] packed = zstd(data(2000), 3, 28);
    packed[5] = (byte) ((28 - 10) << 3); // the window descriptor of a frame without a size
    assertThatThrownBy(() -> channel(Decompression.open(slow(packed))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("zstd: ");
  }
}
