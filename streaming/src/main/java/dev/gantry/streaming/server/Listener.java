package dev.gantry.streaming.server;

import dev.gantry.streaming.StreamBackend;
import dev.gantry.streaming.StreamRequest;
import dev.gantry.streaming.StreamingSettings;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The listening socket and the loops of its connections. Making one loads Netty's HTTP code, so it
 * is made when the first stream is asked for.
 */
// A write that fails closes the connection, and who must know hears of that.
@SuppressWarnings("FutureReturnValueIgnored")
public final class Listener implements AutoCloseable {
  private static final int LOOPS = Math.min(4, Runtime.getRuntime().availableProcessors());
  private static final int PAGE_BYTES = 8 << 10;
  private static final int CHUNK_ORDER = 7;
  private static final WriteBufferWaterMark WATER = new WriteBufferWaterMark(128 << 10, 512 << 10);
  private static final long CLOSE_SECONDS = 2;

  private final EventLoopGroup loops;
  private final ChannelGroup connections =
      new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
  private final Strangers strangers = new Strangers();
  private final Channel channel;
  private final StreamingSettings settings;
  private final StreamBackend backend;
  private final Gate gate;
  private final @Nullable TlsCertificates tls;

  /** Who knows what a token is for. */
  @FunctionalInterface
  public interface Gate {
    /** The request that the token of this kind is for; it is used up then. */
    Optional<StreamRequest> take(String kind, String token);
  }

  private Listener(StreamingSettings settings, StreamBackend backend, Gate gate)
      throws IOException {
    this.settings = settings;
    this.backend = backend;
    this.gate = gate;
    this.tls = settings.tls() == StreamingSettings.Tls.OFF ? null : TlsCertificates.of(settings);
    // One small arena and no caches: what an idle server keeps is little.
    var buffers = new PooledByteBufAllocator(true, 0, 1, PAGE_BYTES, CHUNK_ORDER, 0, 0, false);
    this.loops =
        new MultiThreadIoEventLoopGroup(
            LOOPS, new DefaultThreadFactory("stream", true), EpollIoHandler.newFactory());
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loops)
            .channel(EpollServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.SO_BACKLOG, 1024)
            .childOption(ChannelOption.ALLOCATOR, buffers)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER)
            .childOption(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(2 << 10, 8 << 10, 256 << 10))
            .childHandler(new Connections())
            .bind(settings.address())
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      throw new IOException(
          "streaming server: listen on " + settings.address() + ": " + bound.cause().getMessage(),
          bound.cause());
    }
    this.channel = bound.channel();
  }

  /**
   * Listens.
   *
   * @throws IOException naming the address, or the certificate's file
   */
  public static Listener open(StreamingSettings settings, StreamBackend backend, Gate gate)
      throws IOException {
    return new Listener(settings, backend, gate);
  }

  /** Where it listens, with the port that was free. */
  public InetSocketAddress address() {
    return (InetSocketAddress) channel.localAddress();
  }

  /** How many clients are connected. */
  public int connections() {
    return connections.size();
  }

  private final class Connections extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel client) throws IOException {
      if (connections.size() >= Limits.CONNECTIONS) {
        client.close();
        return;
      }
      connections.add(client);
      strangers.add(client);
      if (tls != null) {
        SslHandler handler = tls.current().newHandler(client.alloc());
        handler.setHandshakeTimeout(Limits.REQUEST.toSeconds(), TimeUnit.SECONDS);
        client.pipeline().addLast("tls", handler);
      }
      client
          .pipeline()
          .addLast(UpgradeHandler.CODEC, UpgradeHandler.codec())
          .addLast("upgrade", new UpgradeHandler(settings, backend, gate, strangers));
    }
  }

  /** Ends every stream: what they run in containers is ended with them. */
  @Override
  public void close() {
    channel.close().awaitUninterruptibly();
    connections.close().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
    loops
        .shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS)
        .awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
  }
}
