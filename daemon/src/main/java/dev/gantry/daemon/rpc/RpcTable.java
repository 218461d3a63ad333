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
  private final Map<MethodDescriptor<?, ?>, Rpc<?, ?>> methods = new LinkedHashMap<>();

  public RpcTable(ServiceDescriptor service) {
    this.service = service;
  }

  /** Answers {@code method} with {@code rpc}; a method has one answer. */
  public <Q, R> RpcTable put(MethodDescriptor<Q, R> method, Rpc<Q, R> rpc) {
    if (!service.getMethods().contains(method) || methods.put(method, rpc) != null) {
      throw new IllegalArgumentException(method.getFullMethodName());
    }
    return this;
  }

  /** The service to register with a gRPC server. */
  ServerServiceDefinition define(CallEdge edge) {
    var definition = ServerServiceDefinition.builder(service);
    for (MethodDescriptor<?, ?> method : service.getMethods()) {
      add(definition, method, edge);
    }
    return definition.build();
  }

  private <Q, R> void add(
      ServerServiceDefinition.Builder definition, MethodDescriptor<Q, R> method, CallEdge edge) {
    Rpc<Q, R> rpc = answer(method);
    definition.addMethod(
        method,
        rpc == null
            ? unimplemented(method)
            : ServerCalls.asyncUnaryCall(
                (request, observer) -> edge.call(method, rpc, request, observer)));
  }

  @SuppressWarnings("unchecked") // put() ties the types of method and rpc together
  private <Q, R> @Nullable Rpc<Q, R> answer(MethodDescriptor<Q, R> method) {
    return (Rpc<Q, R>) methods.get(method);
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
