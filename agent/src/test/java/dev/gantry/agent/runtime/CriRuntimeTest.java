package dev.gantry.agent.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.ExecSyncResponse;
import dev.gantry.cri.v1.Image;
import dev.gantry.cri.v1.ImageServiceGrpc;
import dev.gantry.cri.v1.ImageStatusRequest;
import dev.gantry.cri.v1.ImageStatusResponse;
import dev.gantry.cri.v1.RuntimeServiceGrpc;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is asked for what, on real sockets. */
final class CriRuntimeTest {
  @TempDir Path dir;
  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final List<Server> servers = new ArrayList<>();

  @AfterEach
  void stop() {
    servers.forEach(Server::shutdownNow);
    loop.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private String serve(String name, BindableService service) throws IOException {
    Path socket = dir.resolve(name);
    servers.add(
        NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(socket))
            .channelType(NioServerDomainSocketChannel.class)
            .bossEventLoopGroup(loop)
            .workerEventLoopGroup(loop)
            .addService(service)
            .build()
            .start());
    return "unix://" + socket;
  }

  private static final class Images extends ImageServiceGrpc.ImageServiceImplBase {
    @Override
    public void imageStatus(
        ImageStatusRequest request, StreamObserver<ImageStatusResponse> answer) {
      var image = Image.newBuilder().setId("id of " + request.getImage().getImage());
      answer.onNext(ImageStatusResponse.newBuilder().setImage(image).build());
      answer.onCompleted();
    }
  }

  private static final class Containers extends RuntimeServiceGrpc.RuntimeServiceImplBase {
    @Override
    public void execSync(ExecSyncRequest request, StreamObserver<ExecSyncResponse> answer) {
      if (request.getContainerId().equals("gone")) {
        answer.onError(Status.NOT_FOUND.withDescription("no container gone").asException());
        return;
      }
      answer.onNext(
          ExecSyncResponse.newBuilder()
              .setExitCode(4)
              .setStdout(ByteString.copyFromUtf8("out"))
              .setStderr(ByteString.copyFromUtf8("err"))
              .build());
      answer.onCompleted();
    }
  }

  @Test
  void imagesMayBeElsewhereThanContainers() throws Exception {
    String containers = serve("r", new Containers());
    String images = serve("i", new Images());
    try (CriRuntime both = new CriRuntime(containers, images, "agent")) {
      assertThat(both.image("a").orElseThrow().id()).isEqualTo("id of a");
      assertThat(both.exec("id", List.of("x"), Duration.ofSeconds(5)))
          .isEqualTo(new PodRuntime.ExecResult(4, "outerr"));
    }
    try (CriRuntime one = new CriRuntime(containers, containers, "agent")) {
      assertThatThrownBy(() -> one.image("a"))
          .isInstanceOf(RuntimeCallException.class)
          .hasMessageContaining("ImageService");
    }
  }

  @Test
  void whatIsNotThereIsToldFromWhoIsNotThere() throws Exception {
    String containers = serve("r", new Containers());
    try (CriRuntime runtime = new CriRuntime(containers, containers, "agent")) {
      assertThatThrownBy(() -> runtime.exec("gone", List.of("x"), Duration.ofSeconds(5)))
          .isInstanceOfSatisfying(
              RuntimeCallException.class,
              e -> {
                assertThat(e.notFound()).isTrue();
                assertThat(e.unreachable()).isFalse();
                assertThat(e.detail()).isEqualTo("no container gone");
              });
    }
    try (CriRuntime nobody = new CriRuntime("unix://" + dir.resolve("n"), containers, "agent")) {
      assertThatThrownBy(() -> nobody.exec("id", List.of("x"), Duration.ofSeconds(5)))
          .isInstanceOfSatisfying(
              RuntimeCallException.class, e -> assertThat(e.unreachable()).isTrue());
    }
  }
}
