package dev.gantry.daemon.rpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/** Asks the caller for one message at a time. */
final class PacedRequests<Q> implements Requests<Q> {
  private final ServerCallStreamObserver<?> observer;

  /** Holds one message or the end, as no more is asked for. */
  private final LinkedBlockingQueue<Optional<Q>> come = new LinkedBlockingQueue<>();

  private boolean ended;

  /** Must be made before the call's first callback returns. */
  PacedRequests(ServerCallStreamObserver<?> observer) {
    this.observer = observer;
    observer.disableAutoRequest();
    observer.setOnCancelHandler(() -> {});
  }

  /** Where gRPC puts what comes. */
  StreamObserver<Q> sink() {
    return new StreamObserver<>() {
      @Override
      public void onNext(Q request) {
        come.add(Optional.of(request));
      }

      @Override
      public void onError(Throwable cancelled) {
        // The call's context is cancelled, too, which interrupts whoever waits.
      }

      @Override
      public void onCompleted() {
        come.add(Optional.empty());
      }
    };
  }

  @Override
  public @Nullable Q next() throws InterruptedException {
    if (ended) {
      return null;
    }
    observer.request(1);
    Optional<Q> next = come.take();
    ended = next.isEmpty();
    return next.orElse(null);
  }
}
