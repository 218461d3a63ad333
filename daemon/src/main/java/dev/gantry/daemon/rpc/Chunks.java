package dev.gantry.daemon.rpc;

import com.google.protobuf.MessageLite;
import java.util.List;

/** Cuts long lists into messages of a size that gRPC clients take by default. */
public final class Chunks {
  /** The default limit of a message is 4 MiB; one item alone may be larger. */
  private static final int BYTES = 1 << 20;

  private static final int ITEMS = 500;

  /** Where a part goes. */
  @FunctionalInterface
  public interface Sink<T> {
    /** Takes the next part. */
    void send(List<T> part) throws InterruptedException;
  }

  private Chunks() {}

  /** Hands on the list in parts, in its order; nothing for an empty one. */
  public static <T extends MessageLite> void send(List<T> all, Sink<T> sink)
      throws InterruptedException {
    int from = 0;
    while (from < all.size()) {
      int to = from + 1;
      int bytes = all.get(from).getSerializedSize();
      while (to < all.size()
          && to - from < ITEMS
          && bytes + all.get(to).getSerializedSize() <= BYTES) {
        bytes += all.get(to).getSerializedSize();
        to++;
      }
      sink.send(all.subList(from, to));
      from = to;
    }
  }
}
