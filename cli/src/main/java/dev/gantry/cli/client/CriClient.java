package dev.gantry.cli.client;

import com.google.protobuf.MessageLite;
import dev.gantry.cli.CliFailure;
import dev.gantry.cri.channel.ImageUpload;
import dev.gantry.cri.gantry.GantryServiceGrpc;
import dev.gantry.cri.gantry.GantryServiceGrpc.GantryServiceBlockingStub;
import dev.gantry.cri.gantry.GantryServiceGrpc.GantryServiceStub;
import dev.gantry.cri.gantry.ImportImagesResponse;
import dev.gantry.cri.json.ProtoJson;
import dev.gantry.cri.v1.ImageServiceGrpc;
import dev.gantry.cri.v1.ImageServiceGrpc.ImageServiceBlockingStub;
import dev.gantry.cri.v1.RuntimeServiceGrpc;
import dev.gantry.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.AbstractStub;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * A connection to a CRI runtime on unix sockets. Closing it ends what is under way.
 *
 * <p>Calls name what they do in words, verb and object ({@code "stop container ab12"}), which is
 * how a failure of theirs then begins; see {@link RpcErrors}.
 */
public final class CriClient implements AutoCloseable {
  // Statuses with verbose information and long lists; the kubelet allows 16 MiB.
  private static final int LARGEST_ANSWER = 64 << 20;

  private final EventLoopGroup loop;
  private final ManagedChannel runtimeChannel;
  private final ManagedChannel imageChannel;
  private final Endpoint runtimeEndpoint;
  private final Endpoint imageEndpoint;
  private final Duration readTimeout;
  private final Debug debug;

  /** Takes what only someone who looks for a fault wants to read; made only if it is wanted. */
  @FunctionalInterface
  public interface Debug {
    void print(Supplier<String> text);
  }

  private CriClient(Endpoint runtime, Endpoint image, Duration timeout, Debug debug) {
    this.runtimeEndpoint = runtime;
    this.imageEndpoint = image;
    this.readTimeout = timeout;
    this.debug = debug;
    // The JDK's own unix sockets: Netty's native ones would have to be unpacked at each start.
    loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    runtimeChannel = channel(runtime);
    imageChannel = image.equals(runtime) ? runtimeChannel : channel(image);
  }

  /** Prepares a connection; a runtime that is not there shows at the first call. */
  public static CriClient open(
      Endpoint runtime, Endpoint image, Duration readTimeout, Debug debug) {
    return new CriClient(runtime, image, readTimeout, debug);
  }

  private ManagedChannel channel(Endpoint endpoint) {
    return NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(endpoint.socket()))
        .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
        .eventLoopGroup(loop)
        .overrideAuthority("localhost")
        .maxInboundMessageSize(LARGEST_ANSWER)
        .directExecutor()
        .usePlaintext()
        .disableRetry()
        // gRPC sets it for TCP, and Netty would warn that unix sockets have no such option.
        .withOption(ChannelOption.SO_KEEPALIVE, null)
        .build();
  }

  public Endpoint runtimeEndpoint() {
    return runtimeEndpoint;
  }

  /** A call that only reads: it has the deadline of {@code --timeout}. */
  public <T> T read(String what, Function<RuntimeServiceBlockingStub, T> rpc) {
    return call(
        what,
        runtimeEndpoint,
        RuntimeServiceGrpc.newBlockingStub(runtimeChannel),
        readTimeout,
        rpc);
  }

  /** A call that works: it takes as long as it takes. */
  public <T> T work(String what, Function<RuntimeServiceBlockingStub, T> rpc) {
    return work(what, Duration.ZERO, rpc);
  }

  /** A call that works, within {@code limit} unless that is zero. */
  public <T> T work(String what, Duration limit, Function<RuntimeServiceBlockingStub, T> rpc) {
    return call(
        what, runtimeEndpoint, RuntimeServiceGrpc.newBlockingStub(runtimeChannel), limit, rpc);
  }

  /** A call to the image service that only reads. */
  public <T> T readImages(String what, Function<ImageServiceBlockingStub, T> rpc) {
    return call(
        what, imageEndpoint, ImageServiceGrpc.newBlockingStub(imageChannel), readTimeout, rpc);
  }

  /** A call to the image service that works, within {@code limit} unless that is zero. */
  public <T> T workImages(String what, Duration limit, Function<ImageServiceBlockingStub, T> rpc) {
    return call(what, imageEndpoint, ImageServiceGrpc.newBlockingStub(imageChannel), limit, rpc);
  }

  /** A call that only Gantry's daemon knows, and that takes as long as it takes. */
  public <T> T workGantry(String what, Function<GantryServiceBlockingStub, T> rpc) {
    return call(
        what, imageEndpoint, GantryServiceGrpc.newBlockingStub(imageChannel), Duration.ZERO, rpc);
  }

  /** A call of Gantry's own that only reads. */
  public <T> T readGantry(String what, Function<GantryServiceBlockingStub, T> rpc) {
    return call(
        what, imageEndpoint, GantryServiceGrpc.newBlockingStub(imageChannel), readTimeout, rpc);
  }

  /** For calls that go on beside others; their callbacks must not block. */
  public GantryServiceStub gantryBeside() {
    return GantryServiceGrpc.newStub(imageChannel);
  }

  /**
   * Sends an archive of images.
   *
   * @param name what messages call it
   * @param sent told the number of bytes sent so far
   * @throws CliFailure when it cannot be read or the daemon does not take it
   */
  public ImportImagesResponse upload(String name, InputStream archive, LongConsumer sent) {
    try {
      return ImageUpload.send(imageChannel, name, archive, sent);
    } catch (StatusRuntimeException e) {
      throw RpcErrors.explain("import " + name, imageEndpoint, Duration.ZERO, e);
    } catch (IOException e) {
      throw CliFailure.of("import " + name + ": read: " + e.getMessage(), e);
    }
  }

  private <S extends AbstractStub<S>, T> T call(
      String what, Endpoint endpoint, S stub, Duration limit, Function<S, T> rpc) {
    debug.print(() -> what + " at " + endpoint);
    S timed =
        limit.isZero() ? stub : stub.withDeadlineAfter(limit.toMillis(), TimeUnit.MILLISECONDS);
    try {
      T answer = rpc.apply(timed);
      if (answer instanceof MessageLite message) {
        debug.print(() -> what + ": " + ProtoJson.logText(message));
      }
      return answer;
    } catch (StatusRuntimeException e) {
      throw RpcErrors.explain(what, endpoint, limit, e);
    }
  }

  @Override
  public void close() {
    runtimeChannel.shutdownNow();
    imageChannel.shutdownNow();
    // Nobody waits for it: the process ends, or a test goes on.
    var _ = loop.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
  }
}
