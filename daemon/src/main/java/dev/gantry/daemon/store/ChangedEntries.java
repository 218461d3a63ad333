package dev.gantry.daemon.store;

import com.google.protobuf.MessageLite;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The objects of a store that were added, changed or removed since they were last taken, for one
 * who keeps what he makes of them; see {@link RecordStore#follow}.
 *
 * @param <R> the record message
 */
public final class ChangedEntries<R extends MessageLite> {
  private final Set<Entry<R>> entries = ConcurrentHashMap.newKeySet();

  ChangedEntries() {}

  void add(Entry<R> changed) {
    entries.add(changed);
  }

  /**
   * Takes them. What changes while it is taken is here with what it has become, or is taken the
   * next time, or both.
   */
  public List<Entry<R>> take() {
    // Not asked first whether there are any: a concurrent set may seem empty while others change
    // it.
    var taken = new ArrayList<Entry<R>>();
    for (Iterator<Entry<R>> all = entries.iterator(); all.hasNext(); ) {
      taken.add(all.next());
      all.remove();
    }
    return taken;
  }
}
