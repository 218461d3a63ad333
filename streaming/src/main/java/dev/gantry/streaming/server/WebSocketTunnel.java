package dev.gantry.streaming.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;

/**
 * Carries another protocol's bytes in binary messages, as {@code SPDY/3.1+portforward.k8s.io} does:
 * where messages begin and end means nothing.
 */
// A write that fails closes the connection, and who must know hears of that.
@SuppressWarnings("FutureReturnValueIgnored")
final class WebSocketTunnel extends ChannelDuplexHandler {
  private int replies;

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    WebSocketFrame frame = (WebSocketFrame) message;
    switch (frame) {
      case BinaryWebSocketFrame binary -> ctx.fireChannelRead(binary.content());
      case ContinuationWebSocketFrame more -> ctx.fireChannelRead(more.content());
      case PingWebSocketFrame ping -> pong(ctx, ping.content());
      case CloseWebSocketFrame close -> {
        close.release();
        close(ctx, ctx.newPromise());
      }
      default -> frame.release();
    }
  }

  private void pong(ChannelHandlerContext ctx, ByteBuf content) {
    if (replies >= Limits.WAITING_REPLIES) {
      content.release();
      ctx.close();
      return;
    }
    replies++;
    ctx.write(header(ctx, WebSocketFrames.PONG, content.readableBytes()));
    ctx.writeAndFlush(content).addListener(done -> replies--);
  }

  private static ByteBuf header(ChannelHandlerContext ctx, int opcode, int length) {
    ByteBuf header = ctx.alloc().directBuffer(WebSocketFrames.LONGEST_HEADER);
    return WebSocketFrames.header(header, opcode, length);
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    ByteBuf bytes = (ByteBuf) message;
    ctx.write(header(ctx, WebSocketFrames.BINARY, bytes.readableBytes()));
    ctx.write(bytes, promise);
  }

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    if (ctx.channel().isActive()) {
      ctx.write(header(ctx, WebSocketFrames.CLOSE, 2));
      ctx.writeAndFlush(Unpooled.copyShort(1000));
    }
    ctx.close(promise);
  }
}
