package dev.gantry.streaming.server;

import dev.gantry.streaming.StreamBackend;
import dev.gantry.streaming.StreamRequest;
import dev.gantry.streaming.StreamingSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one HTTP request of a connection. Without a good token every request gets the same answer;
 * with one the connection is upgraded, and this handler is gone.
 */
// A write that fails closes the connection, and who must know hears of that.
@SuppressWarnings("FutureReturnValueIgnored")
final class UpgradeHandler extends ChannelInboundHandlerAdapter {
  static final String CODEC = "http";

  private static final Logger LOG = LoggerFactory.getLogger(UpgradeHandler.class);

  private final StreamingSettings settings;
  private final StreamBackend backend;
  private final Listener.Gate gate;
  private final Strangers strangers;
  private @Nullable HttpRequest request;
  private @Nullable Future<?> deadline;
  private boolean answered;

  UpgradeHandler(
      StreamingSettings settings, StreamBackend backend, Listener.Gate gate, Strangers strangers) {
    this.settings = settings;
    this.backend = backend;
    this.gate = gate;
    this.strangers = strangers;
  }

  /** Reads the one request, within limits. */
  static HttpServerCodec codec() {
    return new HttpServerCodec(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(Limits.REQUEST_LINE_BYTES)
            .setMaxHeaderSize(Limits.REQUEST_HEADER_BYTES));
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    deadline =
        ctx.executor().schedule(() -> ctx.close(), Limits.REQUEST.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (deadline != null) {
      deadline.cancel(false);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (answered) {
        return;
      }
      if (message instanceof HttpRequest head) {
        request = head;
        if (head.decoderResult().isFailure()) {
          refuse(ctx, HttpResponseStatus.BAD_REQUEST, "bad request");
          return;
        }
      }
      if (message instanceof HttpContent content && content.content().isReadable()) {
        refuse(ctx, HttpResponseStatus.BAD_REQUEST, "bad request");
      } else if (message instanceof LastHttpContent && request != null) {
        answer(ctx, request);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void answer(ChannelHandlerContext ctx, HttpRequest head) {
    answered = true;
    String path = head.uri();
    int query = path.indexOf('?');
    String[] parts = (query < 0 ? path : path.substring(0, query)).split("/", -1);
    Optional<StreamRequest> found =
        parts.length == 3 && parts[0].isEmpty() ? gate.take(parts[1], parts[2]) : Optional.empty();
    if (found.isEmpty()) {
      refuse(ctx, HttpResponseStatus.NOT_FOUND, "404 page not found");
      return;
    }
    strangers.remove(ctx.channel());
    HttpHeaders headers = head.headers();
    String upgrade = headers.get(HttpHeaderNames.UPGRADE, "");
    boolean wanted =
        headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderNames.UPGRADE, true);
    if (wanted && upgrade.equalsIgnoreCase("websocket")) {
      new WebSocketUpgrade(this, settings, backend).run(ctx, head, found.get());
    } else if (wanted && upgrade.equalsIgnoreCase("SPDY/3.1")) {
      spdy(ctx, headers, found.get());
    } else {
      refuse(
          ctx,
          HttpResponseStatus.BAD_REQUEST,
          "unable to upgrade: the request asks neither for SPDY/3.1 nor for websocket");
    }
  }

  private void spdy(ChannelHandlerContext ctx, HttpHeaders headers, StreamRequest found) {
    List<String> offered =
        headers.getAll("X-Stream-Protocol-Version").stream()
            .flatMap(line -> List.of(line.split(",")).stream())
            .map(String::strip)
            .filter(name -> !name.isEmpty())
            .toList();
    switch (found) {
      case StreamRequest.RemoteCommand command -> {
        Optional<Protocol> protocol = Protocol.overSpdy(offered);
        if (protocol.isEmpty()) {
          noProtocol(ctx, offered);
          return;
        }
        String chosen = offered.isEmpty() ? "" : protocol.get().text();
        var session = new SpdyCommand(backend, command, settings, protocol.get());
        switchTo(ctx, spdyAnswer(chosen), session.handler());
      }
      case StreamRequest.PortForward forward -> {
        if (!offered.isEmpty() && !offered.contains(WebSocketUpgrade.PORT_FORWARD)) {
          noProtocol(ctx, offered);
          return;
        }
        String chosen = offered.isEmpty() ? "" : WebSocketUpgrade.PORT_FORWARD;
        var session = new SpdyPortForward(backend, forward, settings);
        switchTo(ctx, spdyAnswer(chosen), session.handler());
      }
    }
  }

  private static String spdyAnswer(String protocol) {
    return "Upgrade: SPDY/3.1\r\n"
        + (protocol.isEmpty() ? "" : "X-Stream-Protocol-Version: " + protocol + "\r\n");
  }

  void noProtocol(ChannelHandlerContext ctx, List<String> offered) {
    refuse(
        ctx,
        HttpResponseStatus.FORBIDDEN,
        "unable to upgrade: none of the protocols " + offered + " is spoken here");
  }

  /** Ends HTTP on this connection and goes on with other handlers. */
  void switchTo(ChannelHandlerContext ctx, String headers, ChannelHandler... next) {
    ChannelPipeline pipeline = ctx.pipeline();
    String answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n" + headers;
    ByteBuf bytes = Unpooled.copiedBuffer(answer + "\r\n", StandardCharsets.US_ASCII);
    // The codec would not let plain bytes through.
    pipeline.get(HttpServerCodec.class).removeOutboundHandler();
    pipeline.context(CODEC).writeAndFlush(bytes);
    for (ChannelHandler handler : next) {
      pipeline.addLast(handler);
    }
    pipeline.remove(this);
    // Passes on what came after the request already.
    pipeline.remove(CODEC);
  }

  void refuse(ChannelHandlerContext ctx, HttpResponseStatus status, String text) {
    answered = true;
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            status,
            Unpooled.copiedBuffer(text + "\n", StandardCharsets.UTF_8));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
        .set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes())
        .set(HttpHeaderNames.CONNECTION, "close");
    ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    LOG.debug("a client's connection ends", cause);
    ctx.close();
  }
}
