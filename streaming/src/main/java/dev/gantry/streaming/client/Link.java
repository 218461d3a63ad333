package dev.gantry.streaming.client;

import java.io.IOException;

/** What carries a connection's bytes, and how that ends. */
interface Link extends AutoCloseable {
  /** Says that we go; all that was written before arrives, unlike with {@link #close}. */
  void leave() throws IOException;

  @Override
  void close() throws IOException;
}
