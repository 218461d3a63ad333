package dev.gantry.linux.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class Sha256Test {
  static Stream<Sha256> each() {
    return Stream.of(new LibcryptoSha256(), new JdkSha256());
  }

  @Test
  void usesTheSystemsLibrary() {
    try (Sha256 sha = Sha256.create()) {
      assertThat(sha).isInstanceOf(LibcryptoSha256.class);
    }
  }

  @Test
  void knowsTheStandardsExample() {
    assertThat(HexFormat.of().formatHex(Sha256.of("abc".getBytes(StandardCharsets.US_ASCII))))
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  @ParameterizedTest
  @MethodSource("each")
  void agreesWithTheJdkHoweverTheDataComes(Sha256 sha) throws Exception {
    Random random = new Random(3);
    byte[] data = new byte[300_000];
    random.nextBytes(data);
    byte[] expected = MessageDigest.getInstance("SHA-256").digest(data);
    try (sha;
        Arena arena = Arena.ofConfined()) {
      for (int round = 0; round < 3; round++) {
        for (int at = 0; at < data.length; ) {
          int length = Math.min(random.nextInt(100_000), data.length - at);
          add(sha, data, at, length, random.nextInt(4), arena);
          at += length;
        }
        assertThat(sha.digest()).isEqualTo(expected);
      }
    }
  }

  private static void add(Sha256 sha, byte[] data, int at, int length, int way, Arena arena) {
    switch (way) {
      case 0 -> sha.update(data, at, length);
      case 1 -> sha.update(MemorySegment.ofArray(data).asSlice(at, length));
      case 2 -> sha.update(ByteBuffer.wrap(data, at, length));
      default -> {
        MemorySegment copy = arena.allocate(Math.max(1, length));
        MemorySegment.copy(data, at, copy, ValueLayout.JAVA_BYTE, 0, length);
        sha.update(copy.asSlice(0, length));
      }
    }
  }

  @Test
  void isOfNoUseOnceClosed() {
    Sha256 sha = new LibcryptoSha256();
    sha.close();
    sha.close();
    assertThatThrownBy(sha::digest).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> sha.update(new byte[1], 0, 1))
        .isInstanceOf(IllegalStateException.class);
  }
}
