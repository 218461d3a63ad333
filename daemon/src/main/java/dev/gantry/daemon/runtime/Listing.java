package dev.gantry.daemon.runtime;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.gantry.daemon.rpc.EncodedList;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * The records that a list tells of, the newest first, each as it was when the list was made.
 *
 * @param <R> the record message
 */
final class Listing<R extends MessageLite> {
  private record Listed<R extends MessageLite>(Entry<R> entry, R record, long createdAt) {}

  private final List<Listed<R>> listed = new ArrayList<>();

  Listing(RecordStore<R> store, Predicate<R> picked, ToLongFunction<R> createdAt) {
    for (Entry<R> entry : store.all()) {
      R record = entry.record();
      if (picked.test(record)) {
        listed.add(new Listed<>(entry, record, createdAt.applyAsLong(record)));
      }
    }
    listed.sort((one, other) -> Long.compare(other.createdAt(), one.createdAt()));
  }

  /** Their lines, each encoded once for every version of its record. */
  EncodedList encoded(Function<R, ? extends MessageLite> line) {
    var items = new ArrayList<ByteString>(listed.size());
    for (Listed<R> one : listed) {
      items.add(one.entry().item(one.record(), line));
    }
    return new EncodedList(items);
  }

  /** Their lines as messages, for who sends them in parts. */
  <L> List<L> lines(Function<R, L> line) {
    return listed.stream().map(one -> line.apply(one.record())).toList();
  }
}
