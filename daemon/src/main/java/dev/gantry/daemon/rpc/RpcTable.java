package dev.gantry.daemon.rpc;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.stub.ServerCalls;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The methods of one gRPC service that Gantry answers, by name. Those it does not have answer
 * UNIMPLEMENTED and name themselves.
 */
public final class RpcTable {
  private final ServiceDescriptor service;
  private final List<String> olderNames;
  private final Map<MethodDescriptor<?, ?>, Answer<?, ?>> answers = new LinkedHashMap<>();

  /** How a method's calls are handled, at the edge that all calls pass. */
  private record Answer<Q, R>(
      MethodDescriptor<Q, R> method, Function<CallEdge, ServerCallHandler<Q, R>> handler) {}

  /**
   * @param olderNames other full names under which the service is served, too
   */
  public RpcTable(ServiceDescriptor service, String... olderNames) {
    this.service = service;
    this.olderNames = List.of(olderNames);
  }

  /** Answers {@code method} with {@code rpc}; a method has one answer. */
  public <Q, R> RpcTable put(MethodDescriptor<Q, R> method, Rpc<Q, R> rpc) {
    return add(
        method,
        new Answer<Q, R>(
            method,
            edge ->
                ServerCalls.asyncUnaryCall(
                    (request, observer) -> edge.call(method, rpc, request, observer))));
  }

  /**
   * Answers {@code method}, whose answers are one list, with items encoded beforehand; {@code rpc}
   * has them in memory.
   */
  public <Q> RpcTable list(MethodDescriptor<Q, ?> method, Rpc<Q, EncodedList> rpc) {
    MethodDescriptor<Q, EncodedList> served =
        method.toBuilder(method.getRequestMarshaller(), EncodedList.MARSHALLER).build();
    return add(
        method,
        new Answer<Q, EncodedList>(
            served,
            edge ->
                ServerCalls.asyncUnaryCall(
                    (request, observer) -> edge.atOnce(served, rpc, request, observer))));
  }

  /** Answers {@code method} with the messages that {@code rpc} sends. */
  public <Q, R> RpcTable stream(MethodDescriptor<Q, R> method, StreamRpc<Q, R> rpc) {
    return add(
        method,
        new Answer<Q, R>(
            method,
            edge ->
                ServerCalls.asyncServerStreamingCall(
                    (request, observer) -> edge.stream(method, rpc, request, observer))));
  }

  /** Answers {@code method} with what {@code rpc} makes of the messages that it gets. */
  public <Q, R> RpcTable upload(MethodDescriptor<Q, R> method, UploadRpc<Q, R> rpc) {
    return add(
        method,
        new Answer<Q, R>(
            method,
            edge ->
                ServerCalls.asyncClientStreamingCall(
                    observer -> edge.upload(method, rpc, observer))));
  }

  private RpcTable add(MethodDescriptor<?, ?> method, Answer<?, ?> answer) {
    if (!service.getMethods().contains(method) || answers.put(method, answer) != null) {
      throw new IllegalArgumentException(method.getFullMethodName());
    }
    return this;
  }

  /**
   * The service to register with a gRPC server, under each of its names. A message is known by its
   * field numbers alone, so that whoever was built for the older protocol is understood as far as
   * the numbers are the same.
   */
  List<ServerServiceDefinition> define(CallEdge edge) {
    return Stream.concat(Stream.of(service.getName()), olderNames.stream())
        .map(name -> define(name, edge))
        .toList();
  }

  private ServerServiceDefinition define(String name, CallEdge edge) {
    var renamed = ServiceDescriptor.newBuilder(name);
    var methods = new ArrayList<ServerMethodDefinition<?, ?>>();
    for (MethodDescriptor<?, ?> method : service.getMethods()) {
      ServerMethodDefinition<?, ?> defined = define(method, name, edge);
      renamed.addMethod(defined.getMethodDescriptor());
      methods.add(defined);
    }
    var definition = ServerServiceDefinition.builder(renamed.build());
    methods.forEach(definition::addMethod);
    return definition.build();
  }

  private ServerMethodDefinition<?, ?> define(
      MethodDescriptor<?, ?> method, String name, CallEdge edge) {
    Answer<?, ?> answer = answers.get(method);
    return answer == null ? unanswered(renamed(method, name)) : define(answer, name, edge);
  }

  private static <Q, R> ServerMethodDefinition<Q, R> define(
      Answer<Q, R> answer, String name, CallEdge edge) {
    return ServerMethodDefinition.create(
        renamed(answer.method(), name), answer.handler().apply(edge));
  }

  private static <Q, R> ServerMethodDefinition<Q, R> unanswered(MethodDescriptor<Q, R> method) {
    return ServerMethodDefinition.create(method, unimplemented(method));
  }

  private static <Q, R> MethodDescriptor<Q, R> renamed(
      MethodDescriptor<Q, R> method, String service) {
    String bare = Objects.requireNonNull(method.getBareMethodName());
    return method.toBuilder()
        .setFullMethodName(MethodDescriptor.generateFullMethodName(service, bare))
        .build();
  }

  private static <Q, R> ServerCallHandler<Q, R> unimplemented(MethodDescriptor<Q, R> method) {
    return (call, headers) -> {
      call.close(
          Status.UNIMPLEMENTED.withDescription(
              method.getFullMethodName() + ": this version of Gantry does not serve it"),
          new Metadata());
      return new ServerCall.Listener<>() {};
    };
  }
}
