package dev.gantry.agent.probe;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Asks a server by grpc.health.v1 whether it is well. The two messages of that protocol have one
 * field each, so they are written by hand. Loaded by the first probe of that kind.
 */
final class GrpcCheck {
  private static final int SERVING = 1;
  private static final int LARGEST_ANSWER = 1024;

  private static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readNBytes(LARGEST_ANSWER);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  private static final MethodDescriptor<byte[], byte[]> CHECK =
      MethodDescriptor.newBuilder(BYTES, BYTES)
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("grpc.health.v1.Health/Check")
          .build();

  private GrpcCheck() {}

  static Outcome check(String host, int port, String service, Duration limit) {
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(new InetSocketAddress(host, port))
            .channelType(NioSocketChannel.class)
            .eventLoopGroup(loop)
            .directExecutor()
            .userAgent("kube-probe/1.36")
            .usePlaintext()
            .disableRetry()
            .build();
    try {
      byte[] answer =
          ClientCalls.blockingUnaryCall(
              channel,
              CHECK,
              CallOptions.DEFAULT.withDeadlineAfter(limit.toMillis(), TimeUnit.MILLISECONDS),
              request(service));
      int status = answer.length >= 2 && answer[0] == 0x08 ? answer[1] : 0;
      return status == SERVING
          ? Outcome.success("service healthy")
          : Outcome.failure("service unhealthy (responded with \"" + name(status) + "\")");
    } catch (StatusRuntimeException e) {
      return Outcome.failure(words(e.getStatus(), host + ":" + port, limit));
    } finally {
      channel.shutdownNow();
      var _ = loop.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
    }
  }

  private static String words(Status status, String address, Duration limit) {
    return switch (status.getCode()) {
      case UNIMPLEMENTED ->
          "this server does not implement the grpc health protocol (grpc.health.v1.Health): "
              + status.getDescription();
      case DEADLINE_EXCEEDED ->
          "timeout: health rpc did not complete within " + limit.toSeconds() + "s";
      case UNAVAILABLE ->
          "timeout: failed to connect service \""
              + address
              + "\" within "
              + limit.toSeconds()
              + "s";
      default -> "error: health rpc probe failed: " + status.getDescription();
    };
  }

  private static String name(int status) {
    return switch (status) {
      case 0 -> "UNKNOWN";
      case 2 -> "NOT_SERVING";
      case 3 -> "SERVICE_UNKNOWN";
      default -> Integer.toString(status);
    };
  }

  /** {@code HealthCheckRequest{string service = 1}}. */
  private static byte[] request(String service) {
    byte[] name = service.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (name.length > 0) {
      out.write(0x0a);
      int length = name.length;
      while (length > 0x7f) {
        out.write((length & 0x7f) | 0x80);
        length >>>= 7;
      }
      out.write(length);
      out.writeBytes(name);
    }
    return out.toByteArray();
  }
}
