package dev.gantry.streaming.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.streaming.server.WebSocketReader.Violation;
import dev.gantry.streaming.websocket.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketReaderTest {
  /** The examples of RFC 6455, section 5.7, and messages of all three forms of length. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 100, 1 << 20})
  void messagesComeWholeInWhateverPiecesTheyArrive(int piece) throws Violation {
    var said = new StringBuilder();
    var reader = new WebSocketReader(new Writer(said));
    ByteBuf all = Unpooled.buffer();
    all.writeBytes(HexFormat.of().parseHex("818537fa213d7f9f4d5158")); // "Hello"
    frame(all, Frames.TEXT, text("Hel"));
    frame(all, Frames.FINAL | Frames.PING, text("ping"));
    frame(all, Frames.CONTINUATION, text(""));
    frame(all, Frames.FINAL, text("lo"));
    frame(all, Frames.FINAL | Frames.BINARY, text("x".repeat(126)));
    frame(all, Frames.FINAL | Frames.PONG, text("nobody asked"));
    frame(all, Frames.FINAL | Frames.BINARY, text("y".repeat(70_000)));
    frame(all, Frames.FINAL | Frames.BINARY, text(""));
    frame(all, Frames.FINAL | Frames.CLOSE, text(""));
    while (all.isReadable()) {
      reader.read(all.readBytes(Math.min(piece, all.readableBytes())));
    }
    assertThat(said.toString())
        .isEqualTo(
            "text Hello.text Hel(ping)lo.data "
                + "x".repeat(126)
                + ".data "
                + "y".repeat(70_000)
                + ".data .(close)");
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          c18000000000, 1002, bits of an extension
          8100, 1002, not masked
          838000000000, 1002, opcode 3
          8b8000000000, 1002, no control frame
          098000000000, 1002, no control frame
          89fe007e00000000, 1002, no control frame
          808000000000, 1002, a continuation of no message
          018000000000818000000000, 1002, a message within another
          82fe007d00000000, 1002, in more bytes than it needs
          82ff000000000000ffff00000000, 1002, in more bytes than it needs
          82ff000000000010000100000000, 1009, more than 1048576 bytes
          82ffffffffffffffffff00000000, 1009, more than 1048576 bytes
          """)
  void whatBreaksTheProtocolIsNamed(String frames, int code, String why) {
    var reader = new WebSocketReader(new Writer(new StringBuilder()));
    assertThatThrownBy(() -> reader.read(Unpooled.wrappedBuffer(HexFormat.of().parseHex(frames))))
        .isInstanceOf(Violation.class)
        .hasMessageContaining(why)
        .satisfies(e -> assertThat(((Violation) e).code()).isEqualTo(code));
  }

  @Test
  void dataIsPassedOnBeforeItsFrameIsWhole() throws Violation {
    var said = new StringBuilder();
    var reader = new WebSocketReader(new Writer(said));
    ByteBuf all = Unpooled.buffer();
    frame(all, Frames.FINAL | Frames.BINARY, text("0123456789"));
    reader.read(all.readBytes(6 + 4));
    assertThat(said.toString()).isEqualTo("data 0123");
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static void frame(ByteBuf into, int first, byte[] payload) {
    byte[] key = {1, 2, 3, (byte) payload.length};
    into.writeByte(first);
    if (payload.length <= Frames.SHORT) {
      into.writeByte(Frames.MASKED | payload.length);
    } else if (payload.length <= Frames.MIDDLE) {
      into.writeByte(Frames.MASKED | Frames.LENGTH_16).writeShort(payload.length);
    } else {
      into.writeByte(Frames.MASKED | Frames.LENGTH_64).writeLong(payload.length);
    }
    into.writeBytes(key);
    for (int i = 0; i < payload.length; i++) {
      into.writeByte(payload[i] ^ key[i % 4]);
    }
  }

  /** Writes down what it is given. */
  private record Writer(StringBuilder said) implements WebSocketReader.Receiver {
    @Override
    public void data(ByteBuf data, boolean text, boolean begins, boolean ends) {
      said.append(begins ? text ? "text " : "data " : "")
          .append(data.toString(StandardCharsets.US_ASCII))
          .append(ends ? "." : "");
      data.release();
    }

    @Override
    public void ping(byte[] payload) {
      said.append('(').append(new String(payload, StandardCharsets.US_ASCII)).append(')');
    }

    @Override
    public void close() {
      said.append("(close)");
    }
  }
}
