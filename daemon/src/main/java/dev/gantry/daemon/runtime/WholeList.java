package dev.gantry.daemon.runtime;

import com.google.protobuf.MessageLite;
import dev.gantry.daemon.rpc.EncodedList;
import dev.gantry.daemon.store.RecordStore;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The list of everything, which a kubelet asks for every second: made anew only after something has
 * changed.
 *
 * @param <R> the record message
 */
final class WholeList<R extends MessageLite> {
  private record Made(long changes, EncodedList list) {}

  private final RecordStore<R> store;
  private final Predicate<R> visible;
  private final ToLongFunction<R> createdAt;
  private final Function<R, ? extends MessageLite> line;
  private volatile @Nullable Made last;

  WholeList(
      RecordStore<R> store,
      Predicate<R> visible,
      ToLongFunction<R> createdAt,
      Function<R, ? extends MessageLite> line) {
    this.store = store;
    this.visible = visible;
    this.createdAt = createdAt;
    this.line = line;
  }

  EncodedList get() {
    // Before the records: what changes meanwhile is in the next list at the latest.
    long changes = store.changes();
    Made made = last;
    if (made == null || made.changes() != changes) {
      made = new Made(changes, new Listing<>(store, visible, createdAt).encoded(line));
      last = made;
    }
    return made.list();
  }
}
