package dev.gantry.daemon.rpc;

import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Sends no faster than the caller reads. */
final class PacedResponses<R> implements Responses<R> {
  private final ServerCallStreamObserver<R> observer;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** Must be made before the call's first callback returns. */
  PacedResponses(ServerCallStreamObserver<R> observer) {
    this.observer = observer;
    observer.setOnReadyHandler(this::changed);
    observer.setOnCancelHandler(this::changed);
  }

  private void changed() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void send(R response) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!observer.isReady()) {
        if (observer.isCancelled()) {
          throw new InterruptedException("the caller is gone");
        }
        changed.await();
      }
      observer.onNext(response);
    } finally {
      lock.unlock();
    }
  }
}
