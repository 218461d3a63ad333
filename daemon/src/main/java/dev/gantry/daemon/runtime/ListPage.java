package dev.gantry.daemon.runtime;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import com.google.protobuf.UnsafeByteOperations;
import dev.gantry.daemon.store.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A part of a {@link WholeList}, the newest first, which is encoded again when one of its lines has
 * changed. For use under the list's lock.
 *
 * @param <R> the record message
 */
final class ListPage<R extends MessageLite> {
  /** Some 24 KB: to copy so much costs less than to hand over as many lines one by one. */
  static final int LINES = 32;

  /**
   * One object.
   *
   * @param record what is shown of it
   * @param createdAt nanoseconds, by which it is sorted
   */
  record Line<R extends MessageLite>(Entry<R> entry, R record, long createdAt) {}

  private final List<Line<R>> lines = new ArrayList<>();
  private @Nullable ByteString bytes;

  /** Whether all of it comes before the line. */
  boolean isBefore(Line<R> line) {
    return lines.getLast().createdAt() > line.createdAt();
  }

  boolean isEmpty() {
    return lines.isEmpty();
  }

  boolean isTooLong() {
    return lines.size() > LINES;
  }

  boolean hasRoomFor(ListPage<R> other) {
    return lines.size() + other.lines.size() <= LINES / 2;
  }

  List<Entry<R>> entries() {
    return lines.stream().map(Line::entry).toList();
  }

  void add(Line<R> added) {
    bytes = null;
    int at = 0;
    while (at < lines.size() && lines.get(at).createdAt() > added.createdAt()) {
      at++;
    }
    lines.add(at, added);
  }

  void remove(Entry<R> entry) {
    bytes = null;
    lines.removeIf(line -> line.entry() == entry);
  }

  /** Adds what comes after it. */
  void append(ListPage<R> next) {
    bytes = null;
    lines.addAll(next.lines);
  }

  /** Keeps the first half of it, and returns the other one. */
  ListPage<R> split() {
    bytes = null;
    var rest = new ListPage<R>();
    List<Line<R>> half = lines.subList(lines.size() / 2, lines.size());
    rest.lines.addAll(half);
    half.clear();
    return rest;
  }

  /** Its lines one after the other. */
  ByteString bytes(Function<R, ? extends MessageLite> encoded) {
    ByteString made = bytes;
    if (made == null) {
      made = concatenated(encoded);
      bytes = made;
    }
    return made;
  }

  private ByteString concatenated(Function<R, ? extends MessageLite> encoded) {
    List<ByteString> items =
        lines.stream().map(line -> line.entry().item(line.record(), encoded)).toList();
    byte[] all = new byte[items.stream().mapToInt(ByteString::size).sum()];
    int at = 0;
    for (ByteString item : items) {
      item.copyTo(all, at);
      at += item.size();
    }
    return UnsafeByteOperations.unsafeWrap(all);
  }
}
