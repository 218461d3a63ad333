package dev.gantry.daemon.rpc;

import io.grpc.Status;

/** Hears of the end of every call. */
@FunctionalInterface
public interface CallObserver {
  /** For when nobody counts. */
  CallObserver NONE = (method, code, nanos) -> {};

  /**
   * A call has ended.
   *
   * @param method without its service, as {@code PullImage}
   * @param nanos how long it took; of a call that streams, how long it lasted
   */
  void ended(String method, Status.Code code, long nanos);
}
