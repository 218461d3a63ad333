package dev.gantry.daemon.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.channel.CriChannel;
import dev.gantry.cri.v1.ContainerEventResponse;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.ExecSyncResponse;
import dev.gantry.cri.v1.GetEventsRequest;
import dev.gantry.cri.v1.RuntimeServiceGrpc;
import dev.gantry.cri.v1.VersionRequest;
import io.grpc.CallOptions;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the edge promises to the classes behind it, over a real socket. */
class CriServerTest {
  @TempDir Path dir;

  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  private RuntimeServiceGrpc.RuntimeServiceBlockingStub serve(RpcTable table) throws Exception {
    Path socket = dir.resolve("cri.sock");
    open.push(CriServer.start(socket, List.of(table), CallObserver.NONE));
    var channel = CriChannel.open("unix://" + socket);
    open.push(channel);
    return RuntimeServiceGrpc.newBlockingStub(channel.channel());
  }

  @AfterEach
  void stop() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  private static RpcTable table() {
    return new RpcTable(RuntimeServiceGrpc.getServiceDescriptor());
  }

  @Test
  void callsThatAreGivenUpAreInterrupted() throws Exception {
    var entered = new CountDownLatch(1);
    var interrupted = new CountDownLatch(1);
    var runtime =
        serve(
            table()
                .put(
                    RuntimeServiceGrpc.getExecSyncMethod(),
                    request -> {
                      entered.countDown();
                      try {
                        new CountDownLatch(1).await();
                      } catch (InterruptedException e) {
                        interrupted.countDown();
                        throw e;
                      }
                      return ExecSyncResponse.getDefaultInstance();
                    }));
    var context = Context.current().withCancellation();
    Thread caller =
        Thread.startVirtualThread(
            context.wrap(
                (Runnable)
                    () ->
                        assertThatThrownBy(
                                () -> runtime.execSync(ExecSyncRequest.getDefaultInstance()))
                            .isInstanceOf(StatusRuntimeException.class)));
    assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
    context.cancel(null);
    assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
    caller.join();
  }

  @Test
  void readersThatAreSlowSlowTheSenderDown() throws Exception {
    int messages = 2_000;
    var sent = new AtomicInteger();
    var big = ContainerEventResponse.newBuilder().setContainerId("x".repeat(64 * 1024)).build();
    var runtime =
        serve(
            table().stream(
                RuntimeServiceGrpc.getGetContainerEventsMethod(),
                (request, responses) -> {
                  for (int i = 0; i < messages; i++) {
                    responses.send(big);
                    sent.incrementAndGet();
                  }
                }));
    var answers = runtime.getContainerEvents(GetEventsRequest.getDefaultInstance());
    assertThat(answers.next().getContainerId()).hasSize(64 * 1024);
    int before;
    do { // until nothing moves any more, as nobody reads
      before = sent.get();
      Thread.sleep(200);
    } while (before != sent.get());
    assertThat(sent.get()).isLessThan(messages / 4);
    int read = 1;
    while (answers.hasNext()) {
      answers.next();
      read++;
    }
    assertThat(read).isEqualTo(messages);
  }

  @Test
  void sendersEndWhenTheirReaderGoesAway() throws Exception {
    var ended = new CountDownLatch(1);
    var runtime =
        serve(
            table().stream(
                RuntimeServiceGrpc.getGetContainerEventsMethod(),
                (request, responses) -> {
                  try {
                    while (true) {
                      responses.send(ContainerEventResponse.getDefaultInstance());
                    }
                  } finally {
                    ended.countDown();
                  }
                }));
    var context = Context.current().withCancellation();
    context.run(() -> runtime.getContainerEvents(GetEventsRequest.getDefaultInstance()).next());
    context.cancel(null);
    assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void failuresOfStreamsBecomeStatuses() throws Exception {
    var runtime =
        serve(
            table().stream(
                RuntimeServiceGrpc.getGetContainerEventsMethod(),
                (request, responses) -> {
                  responses.send(ContainerEventResponse.getDefaultInstance());
                  throw CallFailure.notFound("it is gone");
                }));
    var answers = runtime.getContainerEvents(GetEventsRequest.getDefaultInstance());
    answers.next();
    assertThatThrownBy(answers::hasNext)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
              assertThat(e.getStatus().getDescription()).isEqualTo("it is gone");
            });
  }

  @Test
  void aServiceAnswersUnderItsOlderNamesToo() throws Exception {
    var runtime =
        serve(
            new RpcTable(
                    RuntimeServiceGrpc.getServiceDescriptor(), "runtime.v1alpha2.RuntimeService")
                .put(
                    RuntimeServiceGrpc.getExecSyncMethod(),
                    request -> ExecSyncResponse.newBuilder().setExitCode(7).build()));
    assertThat(runtime.execSync(ExecSyncRequest.getDefaultInstance()).getExitCode()).isEqualTo(7);
    var old =
        RuntimeServiceGrpc.getExecSyncMethod().toBuilder()
            .setFullMethodName("runtime.v1alpha2.RuntimeService/ExecSync")
            .build();
    assertThat(
            ClientCalls.blockingUnaryCall(
                    runtime.getChannel(),
                    old,
                    CallOptions.DEFAULT,
                    ExecSyncRequest.newBuilder().build())
                .getExitCode())
        .isEqualTo(7);
    var missing =
        RuntimeServiceGrpc.getVersionMethod().toBuilder()
            .setFullMethodName("runtime.v1alpha2.RuntimeService/Version")
            .build();
    assertThatThrownBy(() ->
            ClientCalls.blockingUnaryCall(
                runtime.getChannel(),
                missing,
                CallOptions.DEFAULT,
                VersionRequest.getDefaultInstance()))
        .hasMessageContaining("UNIMPLEMENTED")
        .hasMessageContaining("runtime.v1alpha2.RuntimeService/Version");
  }
}
