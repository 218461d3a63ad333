package dev.gantry.daemon.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.store.PodState;
import dev.gantry.cri.v1.ListPodSandboxResponse;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.daemon.rpc.EncodedList;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeListTest {
  private static final long SEED = Long.getLong("gantry.seed", 20_261_122L);

  @TempDir Path directory;
  private final AtomicLong clock = new AtomicLong();
  private RecordStore<PodRecord> store;
  private WholeList<PodRecord> list;

  @BeforeEach
  void prepare() {
    store = new RecordStore<>("pod", directory, PodRecord.parser(), PodRecord::getId);
    list = new WholeList<>(store, PodViews::visible, PodRecord::getCreatedAt, PodViews::line);
  }

  private Entry<PodRecord> create(Random random, PodState state) throws Exception {
    String id = "%064x".formatted(random.nextLong() & Long.MAX_VALUE);
    PodRecord.Builder record = PodRecord.newBuilder().setId(id).setState(state);
    return store.create(id, record.setCreatedAt(clock.incrementAndGet()).build());
  }

  private static void change(Entry<PodRecord> entry, PodState state) throws IOException {
    entry.update(record -> record.toBuilder().setState(state).build());
  }

  private static List<PodSandbox> told(EncodedList list) throws IOException {
    return ListPodSandboxResponse.parseFrom(EncodedList.MARSHALLER.stream(list)).getItemsList();
  }

  private List<PodSandbox> expected() {
    return store.all().stream()
        .map(Entry::record)
        .filter(PodViews::visible)
        .sorted(Comparator.comparingLong(PodRecord::getCreatedAt).reversed())
        .map(PodViews::line)
        .toList();
  }

  @Test
  void isAtEachTimeWhatTheStoreHolds() throws Exception {
    var random = new Random(SEED);
    var there = new ArrayList<Entry<PodRecord>>();
    PodState[] states = {
      PodState.POD_STATE_CREATED,
      PodState.POD_STATE_READY,
      PodState.POD_STATE_ENDING,
      PodState.POD_STATE_NOT_READY
    };
    assertThat(told(list.get())).isEmpty();
    for (int step = 0; step < 2_000; step++) {
      // It grows to some hundred pods, and shrinks to a few again.
      boolean grows = step < 1_000;
      PodState state = states[random.nextInt(states.length)];
      if (there.isEmpty() || random.nextInt(4) < (grows ? 2 : 1)) {
        there.add(create(random, state));
      } else if (random.nextInt(4) < (grows ? 1 : 3)) {
        store.remove(there.remove(random.nextInt(there.size())).id());
      } else {
        change(there.get(random.nextInt(there.size())), state);
      }
      if (random.nextInt(5) == 0) {
        assertThat(told(list.get())).as("seed %d, step %d", SEED, step).isEqualTo(expected());
      }
    }
    for (Entry<PodRecord> entry : there) {
      store.remove(entry.id());
    }
    assertThat(told(list.get())).isEmpty();
  }

  @Test
  void isTheSameWhileNothingChanges() throws Exception {
    Entry<PodRecord> entry = create(new Random(SEED), PodState.POD_STATE_READY);
    EncodedList first = list.get();

    assertThat(list.get()).isSameAs(first);
    change(entry, PodState.POD_STATE_READY);
    assertThat(list.get()).isSameAs(first);
    change(entry, PodState.POD_STATE_NOT_READY);
    assertThat(list.get()).isNotSameAs(first);
  }

  @Test
  void knowsWhatWasThereBeforeIt() throws Exception {
    create(new Random(SEED), PodState.POD_STATE_READY);
    var later = new WholeList<>(store, PodViews::visible, PodRecord::getCreatedAt, PodViews::line);

    assertThat(told(later.get())).isEqualTo(expected()).hasSize(1);
  }

  /** What a call has changed is in every list that is asked for after it. */
  @Test
  void whoeverChangesSomethingFindsIt() throws Exception {
    try (var threads = Executors.newFixedThreadPool(4)) {
      var running = new ArrayList<Future<Boolean>>();
      for (int i = 0; i < 4; i++) {
        running.add(threads.submit(findsItsOwn(new Random(SEED + i))));
      }
      for (Future<Boolean> one : running) {
        assertThat(one.get()).isTrue();
      }
    }
    assertThat(told(list.get())).containsExactlyInAnyOrderElementsOf(expected());
  }

  private Callable<Boolean> findsItsOwn(Random random) {
    return () -> {
      for (int step = 0; step < 100; step++) {
        Entry<PodRecord> mine = create(random, PodState.POD_STATE_READY);
        assertThat(told(list.get())).contains(PodViews.line(mine.record()));
        change(mine, PodState.POD_STATE_NOT_READY);
        assertThat(told(list.get())).contains(PodViews.line(mine.record()));
        if (random.nextBoolean()) {
          store.remove(mine.id());
          assertThat(told(list.get())).doesNotContain(PodViews.line(mine.record()));
        }
      }
      return true;
    };
  }
}
