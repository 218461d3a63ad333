package dev.gantry.daemon.rpc;

import dev.gantry.cri.channel.CriChannel;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * The gRPC server on its unix socket: one Netty event loop reads and writes, and answers what is in
 * memory; every other call runs on a virtual thread of its own, see {@link CallEdge}.
 */
public final class CriServer implements AutoCloseable {
  private static final long DRAIN_SECONDS = 5;

  /** Keeps no pool: that is 8 MiB less at rest, see docs/decisions/0001. */
  private static final ByteBufAllocator BUFFERS = new UnpooledByteBufAllocator(true);

  /**
   * A list of a thousand containers has 0.7 MiB. It goes to the kernel in one piece: in pieces of
   * 64 KiB, as is usual, each waits until the client has run.
   */
  private static final int LARGEST_LIST = 1 << 20;

  /**
   * Bytes that a client's socket takes before it is read from; unlike SO_SNDBUF not capped by the
   * node's {@code net.core.wmem_max}, 208 KiB on most. Needs CAP_NET_ADMIN. SOL_SOCKET is 1; see
   * socket(7).
   */
  private static final ChannelOption<Integer> SEND_BUFFER =
      new IntegerUnixChannelOption("SO_SNDBUFFORCE", 1, 32);

  private static final WriteBufferWaterMark WATER =
      new WriteBufferWaterMark(LARGEST_LIST / 2, LARGEST_LIST);

  private final Path socket;
  private final EventLoopGroup loop;
  private final Server server;

  private CriServer(Path socket, EventLoopGroup loop, Server server) {
    this.socket = socket;
    this.loop = loop;
    this.server = server;
  }

  /**
   * Binds the socket and serves. A socket file that a dead daemon left is replaced; the caller
   * holds the lock that says it is dead.
   */
  public static CriServer start(Path socket, List<RpcTable> services, CallObserver observer)
      throws IOException {
    Path dir = Objects.requireNonNull(socket.getParent(), "the socket's path is absolute");
    if (!Files.isDirectory(dir)) {
      Files.createDirectories(
          dir, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    Path hidden = hiddenDirectory(dir, socket);
    Path bound = hidden.resolve("s");
    var loop =
        new MultiThreadIoEventLoopGroup(
            1, Thread.ofPlatform().daemon().name("grpc").factory(), EpollIoHandler.newFactory());
    var builder =
        NettyServerBuilder.forAddress(new DomainSocketAddress(bound.toFile()))
            .channelType(EpollServerDomainSocketChannel.class)
            .bossEventLoopGroup(loop)
            .workerEventLoopGroup(loop)
            .directExecutor()
            .withOption(ChannelOption.ALLOCATOR, BUFFERS)
            .withChildOption(ChannelOption.ALLOCATOR, BUFFERS)
            .withChildOption(ChannelOption.SO_KEEPALIVE, null)
            .withChildOption(SEND_BUFFER, LARGEST_LIST)
            .withChildOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER)
            .maxInboundMessageSize(CriChannel.MAX_MESSAGE_BYTES)
            .permitKeepAliveWithoutCalls(true)
            .permitKeepAliveTime(1, TimeUnit.SECONDS);
    var edge = new CallEdge(observer);
    services.forEach(service -> builder.addServices(service.define(edge)));
    Server server = builder.build().start();
    Files.setPosixFilePermissions(bound, PosixFilePermissions.fromString("rw-rw----"));
    Files.move(bound, socket, StandardCopyOption.ATOMIC_MOVE);
    Files.delete(hidden);
    return new CriServer(socket, loop, server);
  }

  /**
   * A directory that only we may enter: there is no moment at which the socket can be reached
   * before its mode is set. Its name is short, as that of a socket is limited.
   */
  private static Path hiddenDirectory(Path dir, Path socket) throws IOException {
    Path hidden = dir.resolve("." + socket.getFileName());
    Files.deleteIfExists(hidden.resolve("s"));
    Files.deleteIfExists(hidden);
    return Files.createDirectory(
        hidden, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  /** Takes no more calls, gives those that run a few seconds, and removes the socket. */
  @Override
  public void close() throws IOException {
    server.shutdown();
    try {
      if (!server.awaitTermination(DRAIN_SECONDS, TimeUnit.SECONDS)) {
        server.shutdownNow();
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(1, TimeUnit.SECONDS);
    Files.deleteIfExists(socket);
  }
}
