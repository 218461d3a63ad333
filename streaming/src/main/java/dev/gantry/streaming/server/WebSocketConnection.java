package dev.gantry.streaming.server;

import dev.gantry.streaming.server.WebSocketReader.Violation;
import dev.gantry.streaming.websocket.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's end of a WebSocket connection whose messages begin with the number of a channel: as
 * a byte, or as a digit with the rest in base 64. In version 5 channel 255 ends the channel that
 * the next byte names.
 */
// A write that fails closes the connection, and who must know hears of that.
@SuppressWarnings("FutureReturnValueIgnored")
final class WebSocketConnection extends WebSocketHandler {
  private static final Logger LOG = LoggerFactory.getLogger(WebSocketConnection.class);
  private static final int CLOSE_CHANNEL = 255;

  /** Nothing of the message has come that says which channel it is for. */
  private static final int UNNUMBERED = -1;

  /** What else comes of the message is nobody's. */
  private static final int NOBODYS = Integer.MAX_VALUE;

  private final Opener opener;
  private final boolean base64;
  private final boolean clientCloses;
  private final Channel[] channels;
  private final ByteArrayOutputStream whole = new ByteArrayOutputStream();
  private int number = UNNUMBERED;
  private @Nullable Wire wire;

  /** Who is told that the connection stands. */
  interface Opener {
    void ready(WebSocketConnection connection, Wire on);
  }

  /**
   * A connection.
   *
   * @param count how many channels there are
   * @param base64 whether messages are text
   * @param clientCloses whether clients can end a channel
   */
  WebSocketConnection(int count, boolean base64, boolean clientCloses, Opener opener) {
    this.channels = new Channel[count];
    this.base64 = base64;
    this.clientCloses = clientCloses;
    this.opener = opener;
  }

  /** A channel by its number. */
  ByteStream channel(int number) {
    return channels[number];
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    super.handlerAdded(ctx);
    wire = new Wire(ctx.channel());
    wire.heartbeat(() -> ctx.write(header(Frames.PONG, 0)));
    for (int i = 0; i < channels.length; i++) {
      channels[i] = new Channel(wire, i);
    }
    opener.ready(this, wire);
  }

  @Override
  public void data(ByteBuf data, boolean text, boolean begins, boolean ends) throws Violation {
    try {
      if (text != base64) {
        LOG.debug("a message that is ignored: it is {}", text ? "text" : "binary");
      } else if (base64) {
        text(data, begins, ends);
      } else {
        binary(data, begins);
      }
    } finally {
      data.release();
    }
  }

  private void binary(ByteBuf data, boolean begins) {
    if (begins) {
      number = UNNUMBERED;
    }
    if (number == UNNUMBERED && data.isReadable()) {
      number = data.readUnsignedByte();
    }
    if (!data.isReadable()) {
      return;
    }
    if (clientCloses && number == CLOSE_CHANNEL) {
      int which = data.readUnsignedByte();
      if (which < channels.length) {
        channels[which].cameToEnd();
      }
      number = NOBODYS;
    } else if (number < channels.length) {
      channels[number].came(data.retain());
    }
  }

  /** Base 64 of a part is not part of the base 64 of the whole. */
  private void text(ByteBuf data, boolean begins, boolean ends) throws Violation {
    if (begins) {
      whole.reset();
    }
    if (whole.size() + data.readableBytes() > Limits.WEBSOCKET_FRAME_BYTES) {
      throw new Violation(
          Frames.TOO_LONG, "a message of more than " + Limits.WEBSOCKET_FRAME_BYTES + " bytes");
    }
    whole.writeBytes(ByteBufUtil.getBytes(data));
    if (!ends || whole.size() == 0) {
      return;
    }
    byte[] message = whole.toByteArray();
    whole.reset();
    int channel = message[0] - '0';
    if (channel >= 0 && channel < channels.length) {
      byte[] encoded = Arrays.copyOfRange(message, 1, message.length);
      try {
        channels[channel].came(Unpooled.wrappedBuffer(Base64.getDecoder().decode(encoded)));
      } catch (IllegalArgumentException bad) {
        throw new Violation(Frames.BAD_DATA, "no base 64: " + bad.getMessage());
      }
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (wire != null) {
      wire.writabilityChanged();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    for (Channel channel : channels) {
      channel.drop();
    }
    if (wire != null) {
      wire.closed();
    }
  }

  /** Everything was written: says so, and waits for the client to close. */
  void leave() {
    if (sayClose(Frames.NORMAL, "") && wire != null) {
      wire.leave();
    }
  }

  /** One channel. */
  private final class Channel extends ByteStream {
    private final int number;

    Channel(Wire on, int number) {
      super(on);
      this.number = number;
    }

    @Override
    void write(ByteBuf data) {
      wire().move();
      if (left()) {
        data.release();
      } else if (base64) {
        writeText(data);
      } else {
        writeBinary(data);
      }
    }

    private void writeBinary(ByteBuf data) {
      int length = data.readableBytes() + 1;
      int before = headerBytes(length) + 1;
      if (data.readerIndex() >= before) {
        int end = data.writerIndex();
        int start = data.readerIndex() - before;
        data.setIndex(start, start);
        header(data, Frames.BINARY, length).writeByte(number);
        data.writerIndex(end);
        context().write(data);
      } else {
        context().write(header(Frames.BINARY, length).writeByte(number));
        context().write(data);
      }
    }

    private void writeText(ByteBuf data) {
      byte[] plain = ByteBufUtil.getBytes(data);
      data.release();
      String text = number + Base64.getEncoder().encodeToString(plain);
      byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
      context().write(header(Frames.TEXT, bytes.length));
      context().write(Unpooled.wrappedBuffer(bytes));
    }

    @Override
    void end() {
      // No channel of a server can be ended by itself: the connection is.
    }

    @Override
    boolean endsByDirection() {
      return false;
    }

    @Override
    void reset() {
      drop();
    }
  }
}
