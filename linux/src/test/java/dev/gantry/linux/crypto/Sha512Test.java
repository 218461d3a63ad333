package dev.gantry.linux.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class Sha512Test {
  static Stream<Sha512> each() {
    return Stream.of(Sha512.create(), Sha512.ofJdk());
  }

  @ParameterizedTest
  @MethodSource("each")
  void knowsTheStandardsExample(Sha512 sha) {
    try (sha) {
      sha.update("abc".getBytes(StandardCharsets.US_ASCII), 0, 3);
      assertThat(HexFormat.of().formatHex(sha.digest()))
          .isEqualTo(
              "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                  + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
    }
  }

  @ParameterizedTest
  @MethodSource("each")
  void agreesWithTheJdkHoweverTheDataComes(Sha512 sha) throws Exception {
    Random random = new Random(3);
    byte[] data = new byte[300_000];
    random.nextBytes(data);
    byte[] expected = MessageDigest.getInstance("SHA-512").digest(data);
    try (sha) {
      for (int round = 0; round < 3; round++) {
        for (int at = 0; at < data.length; ) {
          int length = Math.min(random.nextInt(100_000), data.length - at);
          switch (random.nextInt(3)) {
            case 0 -> sha.update(data, at, length);
            case 1 -> {
              ByteBuffer heap = ByteBuffer.wrap(data, at, length);
              sha.update(heap);
              assertThat(heap.hasRemaining()).isFalse();
            }
            default -> {
              ByteBuffer direct = ByteBuffer.allocateDirect(length).put(data, at, length).flip();
              sha.update(direct);
              assertThat(direct.hasRemaining()).isFalse();
            }
          }
          at += length;
        }
        assertThat(sha.digest()).isEqualTo(expected);
      }
    }
  }

  /** Of no use once closed, which the JDK's would be. */
  @Test
  void isTheSystemsLibraryWhereThereIsOne() {
    Sha512 sha = Sha512.create();
    sha.close();
    sha.close();
    assertThatThrownBy(sha::digest).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> sha.update(new byte[1], 0, 1))
        .isInstanceOf(IllegalStateException.class);
  }
}
