package dev.gantry.cli.e2e;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * What the test serves on the host: an HTTP server that notes who asks, and the gRPC health service
 * (grpc.health.v1, health.proto) by hand.
 */
final class HostServices implements AutoCloseable {
  private static final byte[] SERVING = {8, 1};
  private static final byte[] NOT_SERVING = {8, 2};

  private final HttpServer http;
  private final Server grpc;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private volatile boolean serving = true;

  private HostServices() throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext("/", this::answer);
    http.start();
    grpc =
        NettyServerBuilder.forPort(0)
            .addService(
                ServerServiceDefinition.builder("grpc.health.v1.Health")
                    .addMethod(check(), ServerCalls.asyncUnaryCall(this::health))
                    .build())
            .build()
            .start();
  }

  static HostServices start() throws IOException {
    return new HostServices();
  }

  int httpPort() {
    return http.getAddress().getPort();
  }

  int grpcPort() {
    return grpc.getPort();
  }

  /** The paths that were asked for, in order. */
  List<String> requests() {
    return List.copyOf(requests);
  }

  /** What the health service says from now on. */
  void serving(boolean now) {
    serving = now;
  }

  private void answer(HttpExchange exchange) throws IOException {
    requests.add(exchange.getRequestURI().getPath());
    exchange.sendResponseHeaders(204, -1);
    exchange.close();
  }

  /** Answers for every service alike. */
  void health(byte[] request, StreamObserver<byte[]> answer) {
    answer.onNext(serving ? SERVING : NOT_SERVING);
    answer.onCompleted();
  }

  private static MethodDescriptor<byte[], byte[]> check() {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(MethodType.UNARY)
        .setFullMethodName("grpc.health.v1.Health/Check")
        .setRequestMarshaller(new Raw())
        .setResponseMarshaller(new Raw())
        .build();
  }

  /** A message as its bytes. */
  private static final class Raw implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() {
    http.stop(0);
    grpc.shutdownNow();
    try {
      grpc.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
