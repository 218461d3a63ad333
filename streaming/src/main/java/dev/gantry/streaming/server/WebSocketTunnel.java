package dev.gantry.streaming.server;

import dev.gantry.streaming.websocket.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

/**
 * Carries another protocol's bytes in binary messages, as {@code SPDY/3.1+portforward.k8s.io} does:
 * where messages begin and end means nothing.
 */
// A write that fails closes the connection, and who must know hears of that.
@SuppressWarnings("FutureReturnValueIgnored")
final class WebSocketTunnel extends WebSocketHandler {
  @Override
  public void data(ByteBuf data, boolean text, boolean begins, boolean ends) {
    if (text) {
      data.release();
    } else {
      context().fireChannelRead(data);
    }
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    ByteBuf bytes = (ByteBuf) message;
    if (left()) {
      bytes.release();
      promise.setSuccess();
      return;
    }
    ctx.write(header(Frames.BINARY, bytes.readableBytes()));
    ctx.write(bytes, promise);
  }

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    sayClose(Frames.NORMAL, "");
    ctx.flush();
    ctx.close(promise);
  }
}
