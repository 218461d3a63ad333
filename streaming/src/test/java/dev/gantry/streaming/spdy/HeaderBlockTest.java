package dev.gantry.streaming.spdy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;

class HeaderBlockTest {
  private static final int ROUNDS = 20_000;

  @Test
  void whatIsWrittenIsReadInOrder() throws IOException {
    var random = new Random(7);
    var writer = new HeaderWriter();
    try (var reader = new HeaderReader()) {
      for (int round = 0; round < 200; round++) {
        Map<String, String> headers = new LinkedHashMap<>();
        for (int i = random.nextInt(8); i > 0; i--) {
          headers.put("name" + i, "ü".repeat(random.nextInt(40)));
        }
        byte[] block = writer.write(headers);
        assertThat(reader.read(block, 0, block.length)).isEqualTo(headers);
      }
    }
  }

  @Test
  void theDictionaryIsThatOfTheSpecification() throws IOException {
    byte[] dictionary;
    try (InputStream in = HeaderReader.class.getResourceAsStream("dictionary")) {
      dictionary = Objects.requireNonNull(in).readAllBytes();
    }
    var deflater = new Deflater();
    deflater.setDictionary(dictionary);
    byte[] pairs = new HeaderWriter().write(Map.of("streamtype", "stdin"));
    // What comes before the pairs is the stream's header and the stored block's; after them a
    // flush.
    deflater.setInput(pairs, 7, pairs.length - 12);
    byte[] block = new byte[1000];
    int length = deflater.deflate(block, 0, block.length, Deflater.SYNC_FLUSH);
    deflater.end();

    // The checksum by which both sides know that they have the same dictionary.
    assertThat(block).startsWith(0x78, 0xBB, 0xE3, 0xC6, 0xA7, 0xC2);
    try (var reader = new HeaderReader()) {
      assertThat(reader.read(block, 0, length)).isEqualTo(Map.of("streamtype", "stdin"));
    }
  }

  @Test
  void whatIsTooLongIsRefused() {
    byte[] block = new HeaderWriter().write(Map.of("a", "x".repeat(HeaderReader.LONGEST_BLOCK)));
    try (var reader = new HeaderReader()) {
      assertThatThrownBy(() -> reader.read(block, 0, block.length))
          .isInstanceOf(FrameException.class)
          .hasMessageContaining("more than");
    }
  }

  @Test
  void anyBytesAreReadOrRefused() throws IOException {
    var random = new Random(20261121);
    byte[] valid = new HeaderWriter().write(Map.of("streamtype", "error", "port", "80"));
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = valid.clone();
      for (int i = random.nextInt(5); i >= 0; i--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try (var reader = new HeaderReader()) {
        assertThat(reader.read(bytes, 0, random.nextInt(bytes.length + 1))).isNotNull();
      } catch (FrameException refused) {
        assertThat(refused).hasMessageStartingWith("header");
      }
    }
  }
}
