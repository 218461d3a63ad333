package dev.gantry.daemon.rpc;

import java.util.List;

/** Cuts long lists into messages of a size that gRPC clients take by default. */
public final class Chunks {
  /** A container's line has about 1 KiB; the default limit of a message is 4 MiB. */
  private static final int SIZE = 500;

  /** Where a part goes. */
  @FunctionalInterface
  public interface Sink<T> {
    /** Takes the next part. */
    void send(List<T> part) throws InterruptedException;
  }

  private Chunks() {}

  /** Hands on the list in parts, in its order; nothing for an empty one. */
  public static <T> void send(List<T> all, Sink<T> sink) throws InterruptedException {
    for (int from = 0; from < all.size(); from += SIZE) {
      sink.send(all.subList(from, Math.min(all.size(), from + SIZE)));
    }
  }
}
