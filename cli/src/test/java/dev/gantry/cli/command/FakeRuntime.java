package dev.gantry.cli.command;

import com.google.protobuf.Empty;
import com.google.protobuf.MessageLite;
import dev.gantry.cri.gantry.GantryServiceGrpc;
import dev.gantry.cri.v1.ImageServiceGrpc;
import dev.gantry.cri.v1.RuntimeServiceGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A CRI runtime on a unix socket that answers what a test tells it and keeps what it was asked. An
 * answer may depend on the request; a call without one is UNIMPLEMENTED.
 */
final class FakeRuntime implements AutoCloseable {
  private final Map<String, Function<MessageLite, MessageLite>> answers = new ConcurrentHashMap<>();
  private final Map<String, List<? extends MessageLite>> streams = new ConcurrentHashMap<>();
  private final List<MessageLite> requests = new CopyOnWriteArrayList<>();
  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
  private final Server server;
  private final Path socket;

  FakeRuntime(Path socket) throws IOException {
    this.socket = socket;
    server =
        NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(socket))
            .channelType(NioServerDomainSocketChannel.class)
            .bossEventLoopGroup(loop)
            .workerEventLoopGroup(loop)
            .addService(service(RuntimeServiceGrpc.getServiceDescriptor()))
            .addService(service(ImageServiceGrpc.getServiceDescriptor()))
            .addService(service(GantryServiceGrpc.getServiceDescriptor()))
            .build()
            .start();
  }

  private ServerServiceDefinition service(ServiceDescriptor descriptor) {
    var service = ServerServiceDefinition.builder(descriptor.getName());
    for (MethodDescriptor<?, ?> method : descriptor.getMethods()) {
      add(service, method);
    }
    return service.build();
  }

  @SuppressWarnings("unchecked")
  private void add(ServerServiceDefinition.Builder service, MethodDescriptor<?, ?> method) {
    String name = String.valueOf(method.getBareMethodName());
    service.addMethod(
        (MethodDescriptor<MessageLite, MessageLite>) method,
        switch (method.getType()) {
          case UNARY ->
              ServerCalls.asyncUnaryCall(
                  (MessageLite request, StreamObserver<MessageLite> observer) -> {
                    requests.add(request);
                    answer(name, request, observer);
                  });
          case SERVER_STREAMING ->
              ServerCalls.asyncServerStreamingCall(
                  (MessageLite request, StreamObserver<MessageLite> observer) ->
                      stream(name, request, observer));
          default ->
              ServerCalls.asyncClientStreamingCall(
                  (StreamObserver<MessageLite> observer) -> upload(name, observer));
        });
  }

  private void stream(String name, MessageLite request, StreamObserver<MessageLite> observer) {
    requests.add(request);
    List<? extends MessageLite> answer = streams.get(name);
    if (answer == null) {
      observer.onError(Status.UNIMPLEMENTED.withDescription(name).asRuntimeException());
      return;
    }
    answer.forEach(observer::onNext);
    // Whoever watches goes on until it has seen enough.
    if (!name.startsWith("Watch")) {
      observer.onCompleted();
    }
  }

  private StreamObserver<MessageLite> upload(String name, StreamObserver<MessageLite> observer) {
    return new StreamObserver<>() {
      private MessageLite last = Empty.getDefaultInstance();

      @Override
      public void onNext(MessageLite request) {
        requests.add(request);
        last = request;
      }

      @Override
      public void onError(Throwable cancelled) {}

      @Override
      public void onCompleted() {
        answer(name, last, observer);
      }
    };
  }

  /** Lets the streaming call {@code name} answer so. */
  FakeRuntime streaming(String name, List<? extends MessageLite> answer) {
    streams.put(name, answer);
    return this;
  }

  private void answer(String name, MessageLite request, StreamObserver<MessageLite> observer) {
    Function<MessageLite, MessageLite> answer = answers.get(name);
    if (answer == null) {
      observer.onError(Status.UNIMPLEMENTED.withDescription(name).asRuntimeException());
      return;
    }
    try {
      observer.onNext(answer.apply(request));
      observer.onCompleted();
    } catch (RuntimeException e) {
      observer.onError(e);
    }
  }

  /** Lets the call {@code name} answer so. */
  FakeRuntime answering(String name, MessageLite answer) {
    return answering(name, MessageLite.class, request -> answer);
  }

  /** Lets the call {@code name} answer so. */
  <T extends MessageLite> FakeRuntime answering(
      String name, Class<T> type, Function<T, MessageLite> answer) {
    answers.put(name, request -> answer.apply(type.cast(request)));
    return this;
  }

  /** Lets the call {@code name} fail so. */
  FakeRuntime failing(String name, Status status) {
    return answering(
        name,
        MessageLite.class,
        request -> {
          throw status.asRuntimeException();
        });
  }

  /** Lets the streaming call {@code name} be unknown again. */
  FakeRuntime withoutStream(String name) {
    streams.remove(name);
    return this;
  }

  /** The requests of a type, in their order. */
  <T extends MessageLite> List<T> requests(Class<T> type) {
    return requests.stream().filter(type::isInstance).map(type::cast).toList();
  }

  /** The only request of a type. */
  <T extends MessageLite> T request(Class<T> type) {
    List<T> all = requests(type);
    if (all.size() != 1) {
      throw new AssertionError(all.size() + " requests of " + type.getSimpleName());
    }
    return all.getFirst();
  }

  String endpoint() {
    return "unix://" + socket;
  }

  @Override
  public void close() {
    try {
      server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
