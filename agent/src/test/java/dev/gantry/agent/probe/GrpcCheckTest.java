package dev.gantry.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The health protocol, against a server that knows some services. */
final class GrpcCheckTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final String LONG_NAME = "service.".repeat(40);

  private @Nullable Server server;

  @AfterEach
  void stop() {
    if (server != null) {
      server.shutdownNow();
    }
  }

  private int serve(String method) throws IOException {
    server =
        NettyServerBuilder.forPort(0)
            .addService(
                ServerServiceDefinition.builder("grpc.health.v1.Health")
                    .addMethod(
                        MethodDescriptor.<byte[], byte[]>newBuilder()
                            .setType(MethodDescriptor.MethodType.UNARY)
                            .setFullMethodName("grpc.health.v1.Health/" + method)
                            .setRequestMarshaller(new Bytes())
                            .setResponseMarshaller(new Bytes())
                            .build(),
                        ServerCalls.asyncUnaryCall(GrpcCheckTest::answer))
                    .build())
            .build()
            .start();
    return server.getPort();
  }

  /** The status that a service has: health.proto's enum. */
  private static void answer(byte[] request, StreamObserver<byte[]> answer) {
    int status =
        switch (service(request)) {
          case "" -> 1;
          case "ill" -> 2;
          case "starting" -> 0;
          case "silent" -> -1;
          case String name -> name.equals(LONG_NAME) ? 1 : 3;
        };
    if (status >= 0) {
      answer.onNext(status == 0 ? new byte[0] : new byte[] {8, (byte) status});
      answer.onCompleted();
    }
  }

  /** {@code string service = 1}, with a length of one byte or two. */
  private static String service(byte[] request) {
    if (request.length == 0) {
      return "";
    }
    assertThat(request[0]).isEqualTo((byte) 0x0a);
    int start = request[1] < 0 ? 3 : 2;
    int length = start == 2 ? request[1] : (request[1] & 0x7f) | (request[2] << 7);
    assertThat(length).isEqualTo(request.length - start);
    return new String(Arrays.copyOfRange(request, start, request.length), StandardCharsets.UTF_8);
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
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

  private static Outcome check(int port, String service, Duration limit) {
    return GrpcCheck.check("127.0.0.1", port, service, limit);
  }

  @Test
  void aServiceIsWellOrSaysWhyNot() throws IOException {
    int port = serve("Check");
    assertThat(check(port, "", LONG)).isEqualTo(Outcome.success("service healthy"));
    assertThat(check(port, LONG_NAME, LONG).success()).isTrue();
    assertThat(check(port, "ill", LONG))
        .isEqualTo(Outcome.failure("service unhealthy (responded with \"NOT_SERVING\")"));
    assertThat(check(port, "starting", LONG).text()).contains("\"UNKNOWN\"");
    assertThat(check(port, "other", LONG).text()).contains("\"SERVICE_UNKNOWN\"");
    assertThat(check(port, "silent", Duration.ofSeconds(1)))
        .isEqualTo(Outcome.failure("timeout: health rpc did not complete within 1s"));
  }

  @Test
  void whoDoesNotKnowTheProtocolIsNotWell() throws IOException {
    assertThat(check(serve("Other"), "", LONG).text())
        .startsWith("this server does not implement the grpc health protocol");
  }

  @Test
  void whereNobodyListensNobodyIsWell() throws IOException {
    int port = serve("Check");
    stop();
    assertThat(check(port, "", LONG))
        .isEqualTo(
            Outcome.failure(
                "timeout: failed to connect service \"127.0.0.1:" + port + "\" within 30s"));
  }
}
