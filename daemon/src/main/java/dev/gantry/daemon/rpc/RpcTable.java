package dev.gantry.daemon.rpc;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.stub.ServerCalls;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The methods of one gRPC service that Gantry answers, by name. Those it does not have answer
 * UNIMPLEMENTED and name themselves.
 */
public final class RpcTable {
  private final ServiceDescriptor service;
  private final Map<MethodDescriptor<?, ?>, Answer<?, ?>> answers = new LinkedHashMap<>();

  /** How a method's calls are handled, at the edge that all calls pass. */
  private interface Answer<Q, R> {
    ServerCallHandler<Q, R> at(CallEdge edge);
  }

  public RpcTable(ServiceDescriptor service) {
    this.service = service;
  }

  /** Answers {@code method} with {@code rpc}; a method has one answer. */
  public <Q, R> RpcTable put(MethodDescriptor<Q, R> method, Rpc<Q, R> rpc) {
    return add(
        method,
        edge ->
            ServerCalls.asyncUnaryCall(
                (request, observer) -> edge.call(method, rpc, request, observer)));
  }

  /** Answers {@code method} with the messages that {@code rpc} sends. */
  public <Q, R> RpcTable stream(MethodDescriptor<Q, R> method, StreamRpc<Q, R> rpc) {
    return add(
        method,
        edge ->
            ServerCalls.asyncServerStreamingCall(
                (request, observer) -> edge.stream(method, rpc, request, observer)));
  }

  /** Answers {@code method} with what {@code rpc} makes of the messages that it gets. */
  public <Q, R> RpcTable upload(MethodDescriptor<Q, R> method, UploadRpc<Q, R> rpc) {
    return add(
        method,
        edge ->
            ServerCalls.asyncClientStreamingCall(observer -> edge.upload(method, rpc, observer)));
  }

  private <Q, R> RpcTable add(MethodDescriptor<Q, R> method, Answer<Q, R> answer) {
    if (!service.getMethods().contains(method) || answers.put(method, answer) != null) {
      throw new IllegalArgumentException(method.getFullMethodName());
    }
    return this;
  }

  /** The service to register with a gRPC server. */
  ServerServiceDefinition define(CallEdge edge) {
    var definition = ServerServiceDefinition.builder(service);
    for (MethodDescriptor<?, ?> method : service.getMethods()) {
      define(definition, method, edge);
    }
    return definition.build();
  }

  private <Q, R> void define(
      ServerServiceDefinition.Builder definition, MethodDescriptor<Q, R> method, CallEdge edge) {
    Answer<Q, R> answer = answer(method);
    definition.addMethod(method, answer == null ? unimplemented(method) : answer.at(edge));
  }

  @SuppressWarnings("unchecked") // add() ties the types of method and answer together
  private <Q, R> @Nullable Answer<Q, R> answer(MethodDescriptor<Q, R> method) {
    return (Answer<Q, R>) answers.get(method);
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
