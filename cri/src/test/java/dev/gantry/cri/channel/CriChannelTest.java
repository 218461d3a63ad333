package dev.gantry.cri.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.gantry.cri.gantry.TagImageRequest;
import dev.gantry.cri.v1.ContainerEventResponse;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.ExecSyncResponse;
import dev.gantry.cri.v1.GetEventsRequest;
import dev.gantry.cri.v1.ListImagesRequest;
import dev.gantry.cri.v1.RuntimeServiceGrpc;
import dev.gantry.cri.v1.VersionRequest;
import dev.gantry.cri.v1.VersionResponse;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CriChannelTest {
  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());

  @TempDir Path dir;

  private Server server;

  @BeforeEach
  void serve() throws IOException {
    server =
        NettyServerBuilder.forAddress(new DomainSocketAddress(socket()))
            .channelType(EpollServerDomainSocketChannel.class)
            .bossEventLoopGroup(loop)
            .workerEventLoopGroup(loop)
            .withChildOption(ChannelOption.SO_KEEPALIVE, null)
            .directExecutor()
            .maxInboundMessageSize(CriChannel.MAX_MESSAGE_BYTES)
            .addService(new TestRuntime())
            .build()
            .start();
  }

  @AfterEach
  void stop() throws InterruptedException {
    server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
  }

  private String socket() {
    return dir.resolve("cri.sock").toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"unix://", ""})
  void talksToAnEndpoint(String scheme) {
    try (CriChannel channel = CriChannel.open(scheme + socket())) {
      assertThat(channel.runtime().version(VersionRequest.getDefaultInstance()).getRuntimeName())
          .isEqualTo("test");
      List<String> ids = new ArrayList<>();
      channel
          .runtime()
          .getContainerEvents(GetEventsRequest.getDefaultInstance())
          .forEachRemaining(event -> ids.add(event.getContainerId()));
      assertThat(ids).containsExactly("0", "1", "2");
    }
  }

  @Test
  void carriesMessagesOf16MegabytesAndNoMore() {
    try (CriChannel channel = CriChannel.open(socket())) {
      ExecSyncRequest fits = ExecSyncRequest.newBuilder().setTimeout(15 << 20).build();
      assertThat(channel.runtime().execSync(fits).getStdout().size()).isEqualTo(15 << 20);
      ExecSyncRequest tooBig = ExecSyncRequest.newBuilder().setTimeout(17 << 20).build();
      assertThatThrownBy(() -> channel.runtime().execSync(tooBig))
          .isInstanceOfSatisfying(
              StatusRuntimeException.class,
              e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED));
    }
  }

  @Test
  void saysWhatTheEndpointLacks() {
    try (CriChannel channel = CriChannel.open(socket())) {
      assertThatThrownBy(() -> channel.images().listImages(ListImagesRequest.getDefaultInstance()))
          .hasMessageStartingWith("UNIMPLEMENTED");
      assertThatThrownBy(() -> channel.gantry().tagImage(TagImageRequest.getDefaultInstance()))
          .hasMessageStartingWith("UNIMPLEMENTED");
    }
  }

  @Test
  void failsAtOnceWhereNobodyListens() {
    try (CriChannel channel = CriChannel.open(dir.resolve("absent.sock").toString())) {
      assertThatThrownBy(() -> channel.runtime().version(VersionRequest.getDefaultInstance()))
          .isInstanceOfSatisfying(
              StatusRuntimeException.class,
              e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
    }
  }

  @Test
  void refusesWhatIsNoSocketPath() {
    assertThatThrownBy(() -> CriChannel.open("tcp://127.0.0.1:1"))
        .hasMessage("endpoint tcp://127.0.0.1:1: expected unix:// and an absolute path");
    assertThatThrownBy(() -> CriChannel.open("unix://" + "/x".repeat(54)))
        .hasMessageEndingWith("a socket's path has at most 107 bytes, this one 108");
  }

  /** As little of a runtime as the tests need. */
  private static final class TestRuntime extends RuntimeServiceGrpc.RuntimeServiceImplBase {
    @Override
    public void version(VersionRequest request, StreamObserver<VersionResponse> answer) {
      answer.onNext(VersionResponse.newBuilder().setRuntimeName("test").build());
      answer.onCompleted();
    }

    @Override
    public void execSync(ExecSyncRequest request, StreamObserver<ExecSyncResponse> answer) {
      byte[] output = new byte[(int) request.getTimeout()];
      answer.onNext(ExecSyncResponse.newBuilder().setStdout(ByteString.copyFrom(output)).build());
      answer.onCompleted();
    }

    @Override
    public void getContainerEvents(
        GetEventsRequest request, StreamObserver<ContainerEventResponse> answer) {
      for (int i = 0; i < 3; i++) {
        answer.onNext(ContainerEventResponse.newBuilder().setContainerId("" + i).build());
      }
      answer.onCompleted();
    }
  }
}
