package dev.gantry.daemon.rpc;

import org.jspecify.annotations.Nullable;

/** Where the messages of an {@link UploadRpc} come from, one after the other. */
public interface Requests<Q> {
  /**
   * The next message, null after the last one. No message is read from the caller before it is
   * asked for.
   *
   * @throws InterruptedException when the caller is gone
   */
  @Nullable Q next() throws InterruptedException;
}
