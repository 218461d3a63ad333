package dev.gantry.daemon.rpc;

import io.grpc.Context;

/**
 * As long as it is open, the thread that made it is interrupted when the caller gives the call up.
 * gRPC's own cancel handler would come too late: it waits for the call's running callback.
 */
final class InterruptedByCancellation implements AutoCloseable {
  private final Context context;
  private final Thread thread = Thread.currentThread();
  private final Context.CancellationListener listener = c -> interrupt();
  private boolean open = true;

  InterruptedByCancellation(Context context) {
    this.context = context;
    context.addListener(listener, Runnable::run);
  }

  private synchronized void interrupt() {
    if (open) {
      thread.interrupt();
    }
  }

  /** Ends it; nothing that comes later than this is interrupted. */
  @Override
  public void close() {
    context.removeListener(listener);
    synchronized (this) {
      open = false;
    }
    boolean _ = Thread.interrupted();
  }
}
