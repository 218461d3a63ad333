package dev.gantry.linux.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.NativeBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UncachedWriterTest {
  private static final int CREATE = OpenFlags.WRONLY | OpenFlags.CREAT;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void putsEveryByteInItsPlace(boolean supported) throws IOException {
    byte[] data = new byte[1_000_003];
    new Random(7).nextBytes(data);
    Path file = directory.resolve("data");
    try (var writer = new UncachedWriter(supported);
        var buffer = new NativeBuffer(64 << 10);
        Fd fd = At.open(At.CWD, file.toString(), CREATE, 0600)) {
      ByteBuffer bytes = buffer.bytes();
      for (int at = 0; at < data.length; at += bytes.capacity()) {
        bytes.clear().put(data, at, Math.min(bytes.capacity(), data.length - at)).flip();
        writer.write(fd, bytes, at + 5L);
        assertThat(bytes.hasRemaining()).isFalse();
      }
    }
    byte[] written = Files.readAllBytes(file);
    assertThat(written).hasSize(data.length + 5).startsWith(0, 0, 0, 0, 0);
    assertThat(Arrays.copyOfRange(written, 5, written.length)).isEqualTo(data);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void tellsThatTheDiskIsFull(boolean supported) throws IOException {
    try (var writer = new UncachedWriter(supported);
        var buffer = new NativeBuffer(100);
        Fd full = At.open(At.CWD, "/dev/full", OpenFlags.WRONLY, 0)) {
      assertThatThrownBy(() -> writer.write(full, buffer.bytes(), 0))
          .isInstanceOfSatisfying(
              LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOSPC));
    }
  }
}
