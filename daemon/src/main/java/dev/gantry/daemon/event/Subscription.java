package dev.gantry.daemon.event;

import dev.gantry.cri.v1.ContainerEventResponse;
import dev.gantry.daemon.rpc.CallFailure;
import io.grpc.Status;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What one listener has still to hear, at most {@value #MOST} events. One that falls further behind
 * is told so, once it has heard those, and has to look for itself again: it can tell this from a
 * quiet node, and from a connection that broke.
 */
public final class Subscription implements AutoCloseable {
  private static final int MOST = 1_000;

  private final EventHub hub;
  private final Queue<ContainerEventResponse> waiting = new ArrayDeque<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition come = lock.newCondition();
  private long dropped;

  Subscription(EventHub hub) {
    this.hub = hub;
  }

  void offer(ContainerEventResponse event) {
    lock.lock();
    try {
      if (dropped > 0 || waiting.size() == MOST) {
        dropped++;
      } else {
        waiting.add(event);
        come.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * The next event, waiting for it.
   *
   * @throws CallFailure RESOURCE_EXHAUSTED when events were dropped after the last one
   */
  public ContainerEventResponse next() throws InterruptedException, CallFailure {
    lock.lockInterruptibly();
    try {
      while (waiting.isEmpty()) {
        if (dropped > 0) {
          throw new CallFailure(
              Status.Code.RESOURCE_EXHAUSTED,
              "container events: "
                  + dropped
                  + " events were dropped, as this listener reads too slowly and "
                  + MOST
                  + " wait for it; list pods and containers, then listen again");
        }
        come.await();
      }
      return waiting.remove();
    } finally {
      lock.unlock();
    }
  }

  /** Ends it. */
  @Override
  public void close() {
    hub.end(this);
  }
}
