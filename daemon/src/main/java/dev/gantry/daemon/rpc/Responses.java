package dev.gantry.daemon.rpc;

/** Where the messages of a {@link StreamRpc} go. */
public interface Responses<R> {
  /**
   * Sends a message, waiting as long as the caller does not read: at most a few messages lie in
   * buffers.
   *
   * @throws InterruptedException when the caller is gone
   */
  void send(R response) throws InterruptedException;
}
