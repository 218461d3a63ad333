package dev.gantry.daemon.rpc;

import dev.gantry.daemon.log.Event;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What every call passes: it is numbered, timed and logged here, and an exception becomes a status
 * here and nowhere else. Requests are never logged, as they carry credentials and environments.
 */
final class CallEdge {
  private final AtomicLong calls = new AtomicLong();

  <Q, R> void call(
      MethodDescriptor<Q, R> method, Rpc<Q, R> rpc, Q request, StreamObserver<R> observer) {
    // Without a handler the observer throws when the caller is gone by the time of the answer.
    ((ServerCallStreamObserver<R>) observer).setOnCancelHandler(() -> {});
    long call = calls.incrementAndGet();
    long start = System.nanoTime();
    try {
      R response = rpc.handle(request);
      log(Event.debug("call"), method, call, start).log();
      observer.onNext(response);
      observer.onCompleted();
    } catch (Throwable failure) {
      Status status = ErrorStatus.of(failure);
      Event event =
          status.getCode() == Status.Code.INTERNAL || status.getCode() == Status.Code.UNKNOWN
              ? Event.error("call failed")
              : Event.warn("call failed");
      log(event, method, call, start).with("code", status.getCode()).because(failure).log();
      observer.onError(status.asRuntimeException());
    }
  }

  private static Event log(Event event, MethodDescriptor<?, ?> method, long call, long start) {
    return event
        .with("method", String.valueOf(method.getBareMethodName()))
        .with("call", call)
        .with("ms", Math.round((System.nanoTime() - start) / 10_000.0) / 100.0);
  }
}
