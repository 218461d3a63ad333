package dev.gantry.streaming.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's end of a WebSocket connection whose messages begin with the number of a channel: as
 * a byte, or as a digit with the rest in base 64. In version 5 channel 255 ends the channel that
 * the next byte names. Frames come from Netty's decoder, unmasked and bounded.
 */
// A write that fails closes the connection, and who must know hears of that.
@SuppressWarnings("FutureReturnValueIgnored")
final class WebSocketConnection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(WebSocketConnection.class);
  private static final int CLOSE_CHANNEL = 255;
  private static final int NORMAL = 1000;

  private final Opener opener;
  private final boolean base64;
  private final boolean clientCloses;
  private final Channel[] channels;
  private int replies;
  private boolean left;
  private boolean unnumbered;
  private @Nullable Channel continued;
  private @Nullable Wire wire;
  private @Nullable ChannelHandlerContext context;

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

  private ChannelHandlerContext context() {
    if (context == null) {
      throw new IllegalStateException("not in a pipeline");
    }
    return context;
  }

  /** A channel by its number. */
  ByteStream channel(int number) {
    return channels[number];
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    wire = new Wire(ctx.channel());
    wire.heartbeat(() -> ctx.write(header(WebSocketFrames.PONG, 0)));
    for (int i = 0; i < channels.length; i++) {
      channels[i] = new Channel(wire, i);
    }
    opener.ready(this, wire);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    WebSocketFrame frame = (WebSocketFrame) message;
    try {
      switch (frame) {
        case BinaryWebSocketFrame binary when !base64 -> begin(binary);
        case TextWebSocketFrame text when base64 -> begin(text);
        case ContinuationWebSocketFrame more when !base64 -> goOn(more);
        case PingWebSocketFrame ping -> pong(ping.content());
        case CloseWebSocketFrame close -> closed(ctx);
        default -> LOG.debug("a frame that is ignored");
      }
    } catch (IllegalArgumentException bad) {
      LOG.debug("a client's connection ends: {}", bad.getMessage());
      ctx.close();
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void begin(WebSocketFrame frame) {
    ByteBuf content = frame.content();
    continued = null;
    // A message may begin with an empty fragment.
    unnumbered = !content.isReadable() && !frame.isFinalFragment();
    if (!content.isReadable()) {
      return;
    }
    int number = content.readUnsignedByte() - (base64 ? '0' : 0);
    if (clientCloses && number == CLOSE_CHANNEL) {
      int which = content.isReadable() ? content.readUnsignedByte() : CLOSE_CHANNEL;
      if (which < channels.length) {
        channels[which].cameToEnd();
      }
    } else if (number >= 0 && number < channels.length) {
      continued = frame.isFinalFragment() ? null : channels[number];
      channels[number].came(data(content));
    }
  }

  private ByteBuf data(ByteBuf content) {
    if (!base64) {
      return content.readRetainedSlice(content.readableBytes());
    }
    byte[] text = ByteBufUtil.getBytes(content);
    return Unpooled.wrappedBuffer(Base64.getDecoder().decode(text));
  }

  private void goOn(ContinuationWebSocketFrame frame) {
    Channel to = continued;
    if (unnumbered) {
      begin(frame);
    } else if (to != null) {
      to.came(frame.content().readRetainedSlice(frame.content().readableBytes()));
      if (frame.isFinalFragment()) {
        continued = null;
      }
    }
  }

  /** The client ends the connection, and is told that we heard it (RFC 6455, section 5.5.1). */
  private void closed(ChannelHandlerContext ctx) {
    if (!left) {
      left = true;
      ctx.write(header(WebSocketFrames.CLOSE, 2));
      ctx.writeAndFlush(Unpooled.copyShort(NORMAL));
    }
    ctx.close();
  }

  private void pong(ByteBuf content) {
    if (replies >= Limits.WAITING_REPLIES) {
      throw new IllegalArgumentException("more than " + replies + " answers are not read");
    }
    replies++;
    ByteBuf frame = header(WebSocketFrames.PONG, content.readableBytes());
    context().write(frame);
    context().writeAndFlush(content.retain()).addListener(done -> replies--);
  }

  private ByteBuf header(int opcode, int length) {
    ByteBuf header = context().alloc().directBuffer(WebSocketFrames.LONGEST_HEADER);
    return WebSocketFrames.header(header, opcode, length);
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

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    LOG.debug("a client's connection ends", cause);
    ctx.close();
  }

  /** Everything was written: says so, and waits for the client to close. */
  void leave() {
    if (!left && context().channel().isActive() && wire != null) {
      left = true;
      context().write(header(WebSocketFrames.CLOSE, 2));
      context().write(Unpooled.copyShort(NORMAL));
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
      if (left) {
        data.release();
      } else if (base64) {
        writeText(data);
      } else {
        writeBinary(data);
      }
    }

    private void writeBinary(ByteBuf data) {
      int length = data.readableBytes() + 1;
      int before = WebSocketFrames.headerBytes(length) + 1;
      if (data.readerIndex() >= before) {
        int end = data.writerIndex();
        int start = data.readerIndex() - before;
        data.setIndex(start, start);
        WebSocketFrames.header(data, WebSocketFrames.BINARY, length).writeByte(number);
        data.writerIndex(end);
        context().write(data);
      } else {
        context().write(header(WebSocketFrames.BINARY, length).writeByte(number));
        context().write(data);
      }
    }

    private void writeText(ByteBuf data) {
      byte[] plain = ByteBufUtil.getBytes(data);
      data.release();
      String text = number + Base64.getEncoder().encodeToString(plain);
      byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
      context().write(header(WebSocketFrames.TEXT, bytes.length));
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
