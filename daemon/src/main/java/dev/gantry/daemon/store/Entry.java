package dev.gantry.daemon.store;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.rpc.EncodedList;
import dev.gantry.linux.file.RecordFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One pod or container: the newest version of its record, which is immutable. Readers take {@link
 * #record} and never wait; writers go one at a time through {@link #update}.
 *
 * @param <R> the record message
 */
public final class Entry<R extends MessageLite> {
  /** Version of the record file's format, see store.proto. */
  static final int FORMAT = 1;

  /** What lists show of a version of the record. */
  private record Shown<R>(R of, ByteString item) {}

  private record Waiter<R>(Predicate<R> condition, CompletableFuture<R> reached) {}

  private final String id;
  private final String name;
  private final Path file;
  private final ReentrantLock writing = new ReentrantLock();
  private final List<Waiter<R>> waiters = new ArrayList<>();
  private final ChangeListener<R> listener;
  private volatile R record;
  private volatile @Nullable Shown<R> shown;
  private boolean ended;

  Entry(String id, String name, Path file, R record, ChangeListener<R> listener) {
    this.id = id;
    this.name = name;
    this.file = file;
    this.record = record;
    this.listener = listener;
  }

  /** The 64 hexadecimal digits of the id. */
  public String id() {
    return id;
  }

  /** The name by which a second request for the same object is recognised. */
  public String name() {
    return name;
  }

  /** The record as it is now. */
  public R record() {
    return record;
  }

  /**
   * What lists show of a version of the record, encoded once for each.
   *
   * @param line always the same function of the record
   */
  @SuppressWarnings("ReferenceEquality") // a version is an object: comparing contents costs more
  public ByteString item(R version, Function<R, ? extends MessageLite> line) {
    Shown<R> last = shown;
    if (last != null && last.of() == version) {
      return last.item();
    }
    var made = new Shown<R>(version, EncodedList.item(line.apply(version)));
    shown = made;
    return made.item();
  }

  /**
   * Replaces the record: the file first, then memory. A change that leaves the record as it is
   * writes nothing.
   *
   * @return the record after the change
   */
  public R update(UnaryOperator<R> change) throws IOException {
    writing.lock();
    try {
      R next = change.apply(record);
      if (!next.equals(record)) {
        write(next);
        publish(next);
      }
      return next;
    } finally {
      writing.unlock();
    }
  }

  /**
   * Replaces the record for good news or bad that no full disk may keep from being known: an end, a
   * loss. Memory is right at once; a file that could not be written is written with the next
   * change, and a restart before that finds out anew.
   */
  public R settle(UnaryOperator<R> change) {
    writing.lock();
    try {
      R next = change.apply(record);
      if (!next.equals(record)) {
        try {
          write(next);
        } catch (IOException e) {
          Event.error("a record could not be written").with("name", name).because(e).log();
        }
        publish(next);
      }
      return next;
    } finally {
      writing.unlock();
    }
  }

  private void publish(R next) {
    R before = record;
    record = next;
    listener.changed(before, next);
    waiters.removeIf(waiter -> {
      if (waiter.condition().test(next)) {
        waiter.reached().completeAsync(() -> next);
        return true;
      }
      return waiter.reached().isDone();
    });
  }

  /** The object is removed: whoever waits for a change gets the record as it was last. */
  void end() {
    writing.lock();
    try {
      waiters.forEach(waiter -> waiter.reached().completeAsync(() -> record));
      waiters.clear();
      ended = true;
      listener.removed(record);
    } finally {
      writing.unlock();
    }
  }

  /** Writes the first version of the record. */
  void create() throws IOException {
    write(record);
  }

  private void write(R content) throws IOException {
    RecordFile.write(file, FORMAT, content.toByteArray(), RecordFile.Durability.NONE);
  }

  /**
   * Completes as soon as the record meets {@code condition}, at once when it does already, and with
   * the last record when the object is removed.
   */
  public CompletableFuture<R> when(Predicate<R> condition) {
    writing.lock();
    try {
      if (ended || condition.test(record)) {
        return CompletableFuture.completedFuture(record);
      }
      var reached = new CompletableFuture<R>();
      waiters.add(new Waiter<>(condition, reached));
      return reached;
    } finally {
      writing.unlock();
    }
  }
}
