package dev.gantry.streaming.server;

import dev.gantry.streaming.websocket.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's end of a WebSocket connection (RFC 6455): answers pings and ends as the protocol has
 * it. What messages mean is its kinds' business.
 */
// A write that fails closes the connection, and who must know hears of that.
@SuppressWarnings("FutureReturnValueIgnored")
abstract class WebSocketHandler extends ChannelDuplexHandler implements WebSocketReader.Receiver {
  private static final Logger LOG = LoggerFactory.getLogger(WebSocketHandler.class);

  private final WebSocketReader reader = new WebSocketReader(this);
  private int replies;
  private boolean left;
  private @Nullable ChannelHandlerContext context;

  final ChannelHandlerContext context() {
    if (context == null) {
      throw new IllegalStateException("not in a pipeline");
    }
    return context;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public final void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf in = (ByteBuf) message;
    try {
      if (ctx.channel().isActive()) {
        reader.read(in);
      }
    } catch (WebSocketReader.Violation violation) {
      LOG.debug("a client's connection ends: {}", violation.getMessage());
      sayClose(violation.code(), String.valueOf(violation.getMessage()));
      context().flush();
      context().close();
    } finally {
      in.release();
    }
  }

  @Override
  public final void ping(byte[] payload) throws WebSocketReader.Violation {
    if (replies >= Limits.WAITING_REPLIES) {
      throw new WebSocketReader.Violation(
          Frames.PROTOCOL_ERROR, "more than " + replies + " answers are not read");
    }
    replies++;
    context().write(header(Frames.PONG, payload.length));
    context().writeAndFlush(Unpooled.wrappedBuffer(payload)).addListener(done -> replies--);
  }

  /** The client ends the connection, and is told that we heard it (section 5.5.1). */
  @Override
  public final void close() {
    sayClose(Frames.NORMAL, "");
    context().flush();
    context().close();
  }

  /** Writes that we go, once; whether the connection was still to hear it. */
  final boolean sayClose(int code, String why) {
    if (left || !context().channel().isActive()) {
      return false;
    }
    left = true;
    byte[] text = why.getBytes(StandardCharsets.US_ASCII);
    int length = Math.min(text.length, Frames.SHORT - Short.BYTES);
    ByteBuf frame = header(Frames.CLOSE, Short.BYTES + length);
    context().write(frame);
    context().write(Unpooled.copyShort(code));
    context().write(Unpooled.wrappedBuffer(text, 0, length));
    return true;
  }

  /** Whether we have said that we go: nothing may be sent after that. */
  final boolean left() {
    return left;
  }

  /** The header of a whole message, unmasked, with a byte of room for a channel's number. */
  final ByteBuf header(int opcode, int length) {
    return header(context().alloc().directBuffer(headerBytes(length) + 1), opcode, length);
  }

  static ByteBuf header(ByteBuf into, int opcode, int length) {
    into.writeByte(Frames.FINAL | opcode);
    if (length <= Frames.SHORT) {
      return into.writeByte(length);
    }
    if (length <= Frames.MIDDLE) {
      return into.writeByte(Frames.LENGTH_16).writeShort(length);
    }
    return into.writeByte(Frames.LENGTH_64).writeLong(length);
  }

  static int headerBytes(int length) {
    return length <= Frames.SHORT ? 2 : length <= Frames.MIDDLE ? 4 : 10;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    LOG.debug("a client's connection ends", cause);
    ctx.close();
  }
}
