package dev.gantry.daemon.runtime;

import com.google.protobuf.MessageLite;
import dev.gantry.daemon.rpc.EncodedList;
import dev.gantry.daemon.store.ChangedEntries;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The list of everything, the newest first, which a kubelet asks for every second. It is kept in
 * {@link ListPage}s, and only those in which something has changed are made anew.
 *
 * @param <R> the record message
 */
final class WholeList<R extends MessageLite> {
  private final RecordStore<R> store;
  private final ChangedEntries<R> changed;
  private final Predicate<R> visible;
  private final ToLongFunction<R> createdAt;
  private final Function<R, ? extends MessageLite> line;

  /** Where each object that is visible is; the pages have no gaps and none is empty. */
  private final Map<Entry<R>, ListPage<R>> pageOf = new HashMap<>();

  private final List<ListPage<R>> pages = new ArrayList<>();
  private @Nullable EncodedList last;

  WholeList(
      RecordStore<R> store,
      Predicate<R> visible,
      ToLongFunction<R> createdAt,
      Function<R, ? extends MessageLite> line) {
    this.store = store;
    this.changed = store.follow();
    this.visible = visible;
    this.createdAt = createdAt;
    this.line = line;
  }

  /** With all that was changed before the call. */
  synchronized EncodedList get() {
    List<Entry<R>> news = changed.take();
    if (!news.isEmpty()) {
      // Should anything fail from here on, the list of before is not given out again.
      last = null;
      news.forEach(this::place);
    }
    EncodedList list = last;
    if (list == null) {
      list = new EncodedList(pages.stream().map(page -> page.bytes(line)).toList());
      last = list;
    }
    return list;
  }

  private void place(Entry<R> entry) {
    R record = entry.record();
    ListPage<R> before = pageOf.remove(entry);
    if (before != null) {
      remove(before, entry);
    }
    if (store.has(entry) && visible.test(record)) {
      add(new ListPage.Line<>(entry, record, createdAt.applyAsLong(record)));
    }
  }

  private void add(ListPage.Line<R> added) {
    int at = 0;
    while (at < pages.size() - 1 && pages.get(at).isBefore(added)) {
      at++;
    }
    if (pages.isEmpty()) {
      pages.add(new ListPage<>());
    }
    ListPage<R> page = pages.get(at);
    page.add(added);
    pageOf.put(added.entry(), page);
    if (page.isTooLong()) {
      ListPage<R> rest = page.split();
      pages.add(at + 1, rest);
      rest.entries().forEach(entry -> pageOf.put(entry, rest));
    }
  }

  private void remove(ListPage<R> page, Entry<R> entry) {
    page.remove(entry);
    int at = pages.indexOf(page);
    if (page.isEmpty()) {
      pages.remove(at);
    } else if (at + 1 < pages.size() && page.hasRoomFor(pages.get(at + 1))) {
      ListPage<R> next = pages.remove(at + 1);
      page.append(next);
      next.entries().forEach(moved -> pageOf.put(moved, page));
    }
  }
}
