package dev.gantry.daemon.rpc;

import dev.gantry.daemon.log.Event;
import io.grpc.Context;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What every call passes: it is numbered, timed and logged here, its thread is interrupted here
 * when the caller goes away, and an exception becomes a status here and nowhere else. Requests are
 * never logged, as they carry credentials and environments.
 */
final class CallEdge {
  private final AtomicLong calls = new AtomicLong();
  private final CallObserver observed;

  CallEdge(CallObserver observed) {
    this.observed = observed;
  }

  /** What a call does; the answer is null when it has sent all of its messages by itself. */
  private interface Work<R> {
    @Nullable R run() throws Exception;
  }

  <Q, R> void call(
      MethodDescriptor<Q, R> method, Rpc<Q, R> rpc, Q request, StreamObserver<R> observer) {
    mayBeGone(observer);
    apart(method, observer, () -> rpc.handle(request));
  }

  /**
   * Answers from memory, on the event loop itself: such a call waits for nothing, and on a busy
   * machine each change of the thread may cost it milliseconds.
   */
  <Q, R> void atOnce(
      MethodDescriptor<Q, R> method, Rpc<Q, R> rpc, Q request, StreamObserver<R> observer) {
    mayBeGone(observer);
    perform(method, observer, () -> rpc.handle(request));
  }

  /** Without a handler the observer throws when the caller is gone by the time of the answer. */
  private static void mayBeGone(StreamObserver<?> observer) {
    ((ServerCallStreamObserver<?>) observer).setOnCancelHandler(() -> {});
  }

  /** Answers with many messages. */
  <Q, R> void stream(
      MethodDescriptor<Q, R> method, StreamRpc<Q, R> rpc, Q request, StreamObserver<R> observer) {
    var responses = new PacedResponses<>((ServerCallStreamObserver<R>) observer);
    apart(
        method,
        observer,
        () -> {
          rpc.handle(request, responses);
          return null;
        });
  }

  /** Takes many messages and answers once. */
  <Q, R> StreamObserver<Q> upload(
      MethodDescriptor<Q, R> method, UploadRpc<Q, R> rpc, StreamObserver<R> observer) {
    var requests = new PacedRequests<Q>((ServerCallStreamObserver<R>) observer);
    apart(method, observer, () -> rpc.handle(requests));
    return requests.sink();
  }

  /** On a thread of its own, which ends early when the caller goes away. */
  private <R> void apart(MethodDescriptor<?, R> method, StreamObserver<R> observer, Work<R> work) {
    Context context = Context.current();
    Thread.ofVirtual()
        .name("call " + method.getBareMethodName())
        .start(() -> context.run(() -> perform(method, observer, () -> interruptibly(work))));
  }

  private static <R> @Nullable R interruptibly(Work<R> work) throws Exception {
    try (var _ = new InterruptedByCancellation(Context.current())) {
      return work.run();
    }
  }

  private <R> void perform(
      MethodDescriptor<?, R> method, StreamObserver<R> observer, Work<R> work) {
    long call = calls.incrementAndGet();
    long start = System.nanoTime();
    try {
      R response = work.run();
      log(Event.debug("call"), method, call, start).log();
      observed(method, Status.Code.OK, start);
      if (response != null) {
        observer.onNext(response);
      }
      observer.onCompleted();
    } catch (Throwable failure) {
      Status status = ErrorStatus.of(failure);
      Event event =
          switch (status.getCode()) {
            case CANCELLED -> Event.debug("call given up");
            // The kubelet asks for what it has just removed: an answer, and no trouble.
            case NOT_FOUND -> Event.debug("call failed");
            case INTERNAL, UNKNOWN -> Event.error("call failed");
            default -> Event.warn("call failed");
          };
      log(event, method, call, start).with("code", status.getCode()).because(failure).log();
      observed(method, status.getCode(), start);
      observer.onError(status.asRuntimeException());
    }
  }

  private void observed(MethodDescriptor<?, ?> method, Status.Code code, long start) {
    observed.ended(String.valueOf(method.getBareMethodName()), code, System.nanoTime() - start);
  }

  private static Event log(Event event, MethodDescriptor<?, ?> method, long call, long start) {
    return event
        .with("method", String.valueOf(method.getBareMethodName()))
        .with("call", call)
        .with("ms", Math.round((System.nanoTime() - start) / 10_000.0) / 100.0);
  }
}
