package dev.gantry.agent.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.agent.admission.Node;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodStatus;
import dev.gantry.agent.api.Quantity;
import dev.gantry.agent.source.ObjectKey;
import dev.gantry.agent.source.ObjectStore;
import dev.gantry.agent.source.PodStore;
import dev.gantry.agent.worker.FakeRuntime;
import dev.gantry.agent.worker.MachineFixture;
import dev.gantry.agent.worker.PodWorkers;
import dev.gantry.agent.worker.TestPods;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** What is declared is reached, whatever comes between: changes of mind, restarts of the agent. */
final class ReconcilerTest extends MachineFixture {
  private static final long LIMIT_NANOS = Duration.ofSeconds(60).toNanos();
  private static final Node NODE =
      new Node("node", Map.of(), List.of(), Map.of("pods", Quantity.of(10)), Map.of());

  /** As of a file: it has the same id whenever it is declared. */
  private final Pod declared =
      TestPods.of("terminationGracePeriodSeconds: 1\ncontainers:\n- {name: a, image: i}\n");

  /** What an agent is made of, and what its successor finds on the disk. */
  private final class Agent implements AutoCloseable {
    private final PodStore store;
    private final ObjectStore objects;
    private final PodWorkers workers;
    private final Reconciler reconciler;
    private final AtomicBoolean changed = new AtomicBoolean(true);

    Agent(FakeRuntime runtime, Path root) throws IOException {
      store = new PodStore(root.resolve("pods"));
      objects = new ObjectStore(root.resolve("objects"));
      workers = new PodWorkers(parts(runtime, new Stored()));
      reconciler =
          new Reconciler(new DeclaredObjects(objects, null), store, workers, events(), NODE, clock);
    }

    private final class Stored extends Reports {
      @Override
      public void gone(Pod of) {
        status = PodStatus.none();
        try {
          store.delete(of.metadata().uid());
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }

      @Override
      public void left() {
        changed.set(true);
      }
    }

    /** Declares it, or not any more. */
    void declare(boolean wanted) throws IOException {
      if (wanted) {
        objects.put(declared);
      } else {
        objects.delete(ObjectKey.of(declared));
      }
      changed.set(true);
    }

    /** One turn of the loop; no resync, so what nobody tells of is not seen. */
    void turn() throws IOException {
      if (changed.getAndSet(false)) {
        reconciler.run();
      }
      clock.advance(Duration.ofSeconds(30));
      Objects.requireNonNull(pleg).relist();
      workers.wakeAll();
    }

    void until(String what, BooleanSupplier holds) throws IOException, InterruptedException {
      long deadline = System.nanoTime() + LIMIT_NANOS;
      while (!holds.getAsBoolean()) {
        assertThat(System.nanoTime()).as("%s; kept: %s", what, store.all()).isLessThan(deadline);
        turn();
        Thread.sleep(1);
      }
    }

    @Override
    public void close() {
      workers.close();
    }
  }

  @Test
  void aPodThatIsDeclaredAgainWhileItEndsIsMadeAnew() throws Exception {
    FakeRuntime runtime = new FakeRuntime(clock, new Random(1));
    try (Agent agent = new Agent(runtime, directory)) {
      agent.declare(true);
      agent.until("it runs", () -> runtime.running().contains("a"));
      runtime.faults = 100; // nothing can be ended now
      agent.declare(false);
      agent.until(
          "it is to end",
          () -> agent.store.all().getFirst().metadata().deletionTimestamp() != null);
    }
    runtime.faults = 0;
    try (Agent agent = new Agent(runtime, directory)) {
      agent.declare(true);
      agent.until(
          "it runs anew", () -> runtime.started.size() == 2 && runtime.running().contains("a"));
      assertThat(agent.store.all().getFirst().metadata().deletionTimestamp()).isNull();
    }
    assertThat(runtime.violations).isEmpty();
  }

  @Test
  void whateverComesBetweenWhatIsDeclaredIsReached() throws Exception {
    for (int seed = 0; seed < 40; seed++) {
      Random random = new Random(seed);
      FakeRuntime runtime = new FakeRuntime(clock, new Random(seed));
      runtime.faults = seed % 3 == 0 ? 20 : 0;
      Path root = directory.resolve("s" + seed);
      boolean wanted = false;
      status = PodStatus.none();
      Agent agent = new Agent(runtime, root);
      try {
        for (int step = 0; step < 60; step++) {
          switch (random.nextInt(8)) {
            case 0, 1, 2 -> {
              wanted = !wanted;
              agent.declare(wanted);
            }
            case 3 -> {
              agent.close();
              agent = new Agent(runtime, root);
            }
            case 4 -> runtime.exit("a", 1);
            case 5 -> Thread.sleep(1);
            default -> agent.turn();
          }
        }
        boolean last = wanted;
        agent.changed.set(true);
        agent.until(
            "seed " + seed + ": what is declared",
            () -> last ? runtime.running().equals(List.of("a")) : runtime.empty());
      } finally {
        agent.close();
      }
      assertThat(runtime.violations).as("seed %d", seed).isEmpty();
    }
  }
}
