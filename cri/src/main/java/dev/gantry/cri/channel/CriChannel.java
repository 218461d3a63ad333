package dev.gantry.cri.channel;

import dev.gantry.cri.gantry.GantryServiceGrpc;
import dev.gantry.cri.gantry.GantryServiceGrpc.GantryServiceBlockingStub;
import dev.gantry.cri.v1.ImageServiceGrpc;
import dev.gantry.cri.v1.ImageServiceGrpc.ImageServiceBlockingStub;
import dev.gantry.cri.v1.RuntimeServiceGrpc;
import dev.gantry.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * A gRPC channel to a CRI endpoint on a unix socket, with one event loop thread, and the stubs on
 * it. It connects with the first call; an endpoint that is not there fails that call with
 * UNAVAILABLE. Messages may have up to 16 MiB each way, as in the kubelet.
 *
 * <p>Callbacks of asynchronous calls run on the event loop and must not block there, unless the
 * stub is given an executor. Blocking stubs are not concerned.
 */
public final class CriChannel implements AutoCloseable {
  /** The greatest message in bytes. */
  public static final int MAX_MESSAGE_BYTES = 16 << 20;

  /** sun_path of unix(7) without its final NUL. */
  private static final int MAX_PATH_BYTES = 107;

  private static final String SCHEME = "unix://";

  private final EventLoopGroup loop;
  private final ManagedChannel channel;

  private CriChannel(String path) {
    loop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("cri-client", true), EpollIoHandler.newFactory());
    UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(path))
            .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
            .eventLoopGroup(loop)
            .directExecutor()
            .usePlaintext()
            // There is no host to name, but HTTP/2 servers want an authority.
            .overrideAuthority("localhost")
            .withOption(ChannelOption.ALLOCATOR, allocator)
            // gRPC sets it for TCP, and Netty would warn that unix sockets have no such option.
            .withOption(ChannelOption.SO_KEEPALIVE, null)
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .disableRetry()
            .build();
  }

  /**
   * Opens a channel.
   *
   * @param endpoint {@code unix:///run/gantry/gantry.sock}, or just the absolute path
   * @throws IllegalArgumentException naming the endpoint, for any other scheme or a path that the
   *     kernel takes for no socket
   */
  public static CriChannel open(String endpoint) {
    String path = endpoint.startsWith(SCHEME) ? endpoint.substring(SCHEME.length()) : endpoint;
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException(
          "endpoint " + endpoint + ": expected unix:// and an absolute path");
    }
    int length = path.getBytes(StandardCharsets.UTF_8).length;
    if (length > MAX_PATH_BYTES) {
      throw new IllegalArgumentException(
          "endpoint %s: a socket's path has at most %d bytes, this one %d"
              .formatted(endpoint, MAX_PATH_BYTES, length));
    }
    return new CriChannel(path);
  }

  /** Returns the channel, for other kinds of stubs. */
  public ManagedChannel channel() {
    return channel;
  }

  /** Returns a blocking stub for pods and containers. */
  public RuntimeServiceBlockingStub runtime() {
    return RuntimeServiceGrpc.newBlockingStub(channel);
  }

  /** Returns a blocking stub for images. */
  public ImageServiceBlockingStub images() {
    return ImageServiceGrpc.newBlockingStub(channel);
  }

  /** Returns a blocking stub for Gantry's own calls; other runtimes answer UNIMPLEMENTED. */
  public GantryServiceBlockingStub gantry() {
    return GantryServiceGrpc.newBlockingStub(channel);
  }

  /** Ends the calls that still run with UNAVAILABLE and gives back the socket and the thread. */
  @Override
  public void close() {
    channel.shutdownNow();
    try {
      // The channel's last events need the loop.
      channel.awaitTermination(1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
