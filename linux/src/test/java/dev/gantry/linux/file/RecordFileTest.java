package dev.gantry.linux.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Boot;
import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.RecordFile.Durability;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RecordFileTest {
  @TempDir Path dir;
  private Path file;

  @BeforeEach
  void name() {
    file = dir.resolve("record");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void givesBackWhatWasWritten() throws IOException {
    Random random = new Random(5);
    for (int size : new int[] {0, 1, 100, 70_000}) {
      byte[] payload = new byte[size];
      random.nextBytes(payload);
      Durability durability = size % 2 == 0 ? Durability.SYNC : Durability.NONE;
      RecordFile.write(file, size, payload, durability);
      RecordFile.Content content = RecordFile.read(file).orElseThrow();
      assertThat(content.version()).isEqualTo(size);
      assertThat(content.payload()).isEqualTo(payload);
      assertThat(content.bootId()).isEqualTo(Boot.id());
      assertThat(content.ofThisBoot()).isTrue();
    }
    assertThat(At.stat(At.CWD, file.toString(), false).permissions()).isEqualTo(0600);
    assertThat(dir)
        .isDirectoryContaining(p -> p.equals(file))
        .isDirectoryNotContaining("glob:**.tmp");
  }

  @Test
  void absentIsEmpty() throws IOException {
    assertThat(RecordFile.read(file)).isEmpty();
    RecordFile.delete(file);
  }

  @Test
  void anEmptyFileIsCorrupt() throws IOException {
    Files.createFile(file);
    assertThatThrownBy(() -> RecordFile.read(file))
        .isInstanceOfSatisfying(
            CorruptRecordException.class,
            e -> {
              assertThat(e.file()).isEqualTo(file);
              assertThat(e.reason()).isEqualTo("empty");
            })
        .hasMessage("record " + file + ": empty");
  }

  @Test
  void everyTornLengthIsCorrupt() throws IOException {
    RecordFile.write(file, 1, bytes("{\"a\": 1}"), Durability.NONE);
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> RecordFile.read(file)).isInstanceOf(CorruptRecordException.class);
    }
    byte[] zeroTail = whole.clone();
    Arrays.fill(zeroTail, whole.length - 4, whole.length, (byte) 0);
    Files.write(file, zeroTail);
    assertThatThrownBy(() -> RecordFile.read(file)).isInstanceOf(CorruptRecordException.class);
    Files.write(file, new byte[4096]);
    assertThatThrownBy(() -> RecordFile.read(file)).isInstanceOf(CorruptRecordException.class);
  }

  @Test
  void everyFlippedBitOfThePayloadIsCorrupt() throws IOException {
    RecordFile.write(file, 1, bytes("payload"), Durability.NONE);
    byte[] whole = Files.readAllBytes(file);
    for (int at = whole.length - 7; at < whole.length; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] flipped = whole.clone();
        flipped[at] ^= (byte) (1 << bit);
        Files.write(file, flipped);
        assertThatThrownBy(() -> RecordFile.read(file))
            .isInstanceOf(CorruptRecordException.class)
            .hasMessageContaining("checksum");
      }
    }
  }

  @Test
  void appendedBytesAreCorrupt() throws IOException {
    RecordFile.write(file, 1, bytes("payload"), Durability.NONE);
    Files.write(file, bytes("x"), StandardOpenOption.APPEND);
    assertThatThrownBy(() -> RecordFile.read(file)).isInstanceOf(CorruptRecordException.class);
  }

  @Test
  void tellsARecordOfAnotherBoot() throws IOException {
    RecordFile.write(file, 1, bytes("payload"), Durability.NONE);
    String other = "01234567-89ab-cdef-0123-456789abcdef";
    Files.writeString(file, Files.readString(file).replace(Boot.id(), other));
    RecordFile.Content content = RecordFile.read(file).orElseThrow();
    assertThat(content.ofThisBoot()).isFalse();
    assertThat(content.bootId()).isEqualTo(other);
  }

  @Test
  void whatIsNoRegularFileIsNotRead() throws IOException {
    assertThatThrownBy(() -> RecordFile.read(dir)).isInstanceOf(CorruptRecordException.class);
    Path target = dir.resolve("target");
    RecordFile.write(target, 1, bytes("x"), Durability.NONE);
    Files.createSymbolicLink(file, target);
    assertThatThrownBy(() -> RecordFile.read(file))
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ELOOP));
    Path fifo = dir.resolve("fifo");
    At.mknod(At.CWD, fifo.toString(), FileStat.FIFO | 0600, 0);
    assertThatThrownBy(() -> RecordFile.read(fifo)).isInstanceOf(CorruptRecordException.class);
    Path large = dir.resolve("large");
    try (var channel =
        Files.newByteChannel(large, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.position(1L << 33);
      channel.write(ByteBuffer.wrap(new byte[1]));
    }
    assertThatThrownBy(() -> RecordFile.read(large)).isInstanceOf(CorruptRecordException.class);
  }

  @Test
  void anInterruptedWriteHarmsNothing() throws IOException {
    RecordFile.write(file, 1, bytes("old"), Durability.NONE);
    Path temporary = dir.resolve(".record.tmp");
    Files.write(temporary, new byte[100_000]);
    assertThat(RecordFile.isTemporary(temporary)).isTrue();
    assertThat(RecordFile.isTemporary(file)).isFalse();
    assertThat(RecordFile.read(file).orElseThrow().payload()).isEqualTo(bytes("old"));
    RecordFile.write(file, 1, bytes("new"), Durability.NONE);
    assertThat(RecordFile.read(file).orElseThrow().payload()).isEqualTo(bytes("new"));
    Files.write(temporary, new byte[1]);
    RecordFile.delete(file);
    RecordFile.delete(file);
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void aFailedWriteLeavesTheOldRecordAndNothingElse() throws IOException {
    Files.createDirectories(file.resolve("in-the-way"));
    assertThatThrownBy(() -> RecordFile.write(file, 1, bytes("x"), Durability.NONE))
        .isInstanceOf(LinuxException.class);
    assertThat(dir.resolve(".record.tmp")).doesNotExist();
    assertThatThrownBy(
            () -> RecordFile.write(file, 1, new byte[RecordFile.MAX_BYTES], Durability.NONE))
        .hasMessageContaining("EFBIG");
  }

  @Test
  void aReaderSeesTheOldOrTheNew() throws Exception {
    RecordFile.write(file, 0, new byte[20_000], Durability.NONE);
    AtomicBoolean stop = new AtomicBoolean();
    Thread writer =
        Thread.ofPlatform()
            .start(() -> {
              try {
                for (int i = 1; !stop.get(); i++) {
                  byte[] payload = new byte[20_000];
                  Arrays.fill(payload, (byte) i);
                  RecordFile.write(file, i & 0x7f, payload, Durability.NONE);
                }
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    try {
      for (int i = 0; i < 500; i++) {
        RecordFile.Content content = RecordFile.read(file).orElseThrow();
        assertThat(content.payload()[19_999] & 0x7f).isEqualTo(content.version());
      }
    } finally {
      stop.set(true);
      writer.join();
    }
  }
}
