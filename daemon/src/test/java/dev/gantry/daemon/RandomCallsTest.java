package dev.gantry.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.cri.v1.ContainerEventResponse;
import dev.gantry.cri.v1.ContainerEventType;
import dev.gantry.cri.v1.GetEventsRequest;
import dev.gantry.testkit.LeakCheck;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Random sequences of valid and invalid calls from several clients at once against a model of the
 * CRI's rules. {@code -Dgantry.seed} repeats a sequence, as far as clients that run side by side
 * can be repeated; {@code -Dgantry.soak=true} makes it long, with a daemon that is killed in
 * between.
 */
class RandomCallsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final boolean SOAK = Boolean.getBoolean("gantry.soak");
  private static final int SOAK_STEPS = Integer.getInteger("gantry.soak.steps", 3_000);
  private static final long SEED = Long.getLong("gantry.seed", 20_261_121L);

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private final ConcurrentLinkedQueue<ContainerEventResponse> events =
      new ConcurrentLinkedQueue<>();

  @Test
  void daemonAndModelAgreeAndTheHostIsClean() throws Exception {
    int clients = SOAK ? 8 : 4;
    try (Node node = Node.start()) {
      Context.CancellableContext listening = listen(node);
      try {
        var worlds = worlds(node, clients);
        var shared = new SharedWorld(node);
        run(worlds, shared, SOAK ? SOAK_STEPS : 400);
        shared.settleAndRemoveAll();
        each(worlds, ModelWorld::removeAll);
        assertThat(report(worlds, shared)).isGreaterThan(2_000);
        assertThat(worlds)
            .flatExtracting(ModelWorld::met)
            .contains(
                "exec CONTAINER_RUNNING",
                "update CONTAINER_RUNNING",
                "stop CONTAINER_RUNNING",
                "remove CONTAINER_RUNNING",
                "exec CONTAINER_CREATED",
                "stop CONTAINER_CREATED",
                "exec CONTAINER_EXITED");
        assertThat(shared.succeeded()).contains("create", "start", "stop", "remove");
        assertThat(node.leftovers()).isEmpty();
        awaitEventsOfTheEnd();
        everyLifeIsToldInOrder();
      } finally {
        listening.cancel(null);
      }
    }
  }

  /** Its containers live on, and so does what the model knows of them. */
  @Test
  void aKilledDaemonStillAgreesWithTheModel() throws Exception {
    try (Node node = Node.options().inOwnProcess().start()) {
      var worlds = worlds(node, SOAK ? 8 : 2);
      var shared = new SharedWorld(node);
      for (int round = 0; round < (SOAK ? 8 : 1); round++) {
        run(worlds, shared, SOAK ? SOAK_STEPS / 5 : 60);
        each(worlds, ModelWorld::letOneRun);
        node.kill();
        node.boot();
        each(worlds, ModelWorld::compareAll);
      }
      shared.settleAndRemoveAll();
      each(worlds, ModelWorld::removeAll);
      report(worlds, shared);
      assertThat(node.leftovers()).isEmpty();
    }
  }

  private static List<ModelWorld> worlds(Node node, int clients) {
    var worlds = new ArrayList<ModelWorld>();
    for (int i = 0; i < clients; i++) {
      worlds.add(new ModelWorld(node, "w" + i, SEED + i));
    }
    return worlds;
  }

  /** All clients at once: each in its own world, and now and then in the one they share. */
  private static void run(List<ModelWorld> worlds, SharedWorld shared, int steps) throws Exception {
    var random = new Random(SEED);
    each(
        worlds,
        world -> {
          var own = new Random(random.nextLong());
          for (int i = 0; i < steps; i++) {
            world.step();
            if (i % 8 == 0) {
              shared.step(own);
            }
          }
          world.compareAll();
        });
  }

  private interface Work {
    void on(ModelWorld world);
  }

  private static void each(List<ModelWorld> worlds, Work work) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var running = new ArrayList<Future<?>>();
      for (ModelWorld world : worlds) {
        Callable<Boolean> task =
            () -> {
              try {
                work.on(world);
                return true;
              } catch (AssertionError | RuntimeException e) {
                // In one line, as a build's last lines show no more of it.
                String why = String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
                throw new AssertionError("seed " + SEED + ": " + why + "\n" + world.trace(), e);
              }
            };
        running.add(threads.submit(task));
      }
      for (Future<?> one : running) {
        try {
          one.get();
        } catch (ExecutionException e) {
          throw new AssertionError(e.getCause());
        }
      }
    }
  }

  /** How many calls were made. */
  private static int report(List<ModelWorld> worlds, SharedWorld shared) {
    int calls = worlds.stream().mapToInt(ModelWorld::calls).sum() + shared.calls();
    System.out.printf(
        "%d calls of %d clients, %d of them on the same pods%n",
        calls, worlds.size(), shared.calls());
    return calls;
  }

  private Context.CancellableContext listen(Node node) {
    Context.CancellableContext context = Context.current().withCancellation();
    Thread.ofVirtual()
        .start(
            context.wrap(() -> {
              try {
                node.runtime()
                    .getContainerEvents(GetEventsRequest.getDefaultInstance())
                    .forEachRemaining(events::add);
              } catch (StatusRuntimeException e) {
                // The test is over.
              }
            }));
    await()
        .atMost(PATIENCE)
        .until(() -> {
          node.pod("knock").hostNetwork().run().remove();
          return !events.isEmpty();
        });
    awaitEventsOfTheEnd();
    events.clear();
    return context;
  }

  /** The last call of all was the removal of a pod. */
  private void awaitEventsOfTheEnd() {
    await()
        .atMost(PATIENCE)
        .until(() ->
            lives().values().stream()
                .allMatch(life -> life.getLast() == ContainerEventType.CONTAINER_DELETED_EVENT));
  }

  private Map<String, List<ContainerEventType>> lives() {
    var lives = new TreeMap<String, List<ContainerEventType>>();
    events.forEach(event ->
        lives
            .computeIfAbsent(event.getContainerId(), id -> new ArrayList<>())
            .add(event.getContainerEventType()));
    return lives;
  }

  /** Created, started, stopped, deleted: none comes twice or too early, and each has both ends. */
  private void everyLifeIsToldInOrder() {
    Map<String, List<ContainerEventType>> lives = lives();
    assertThat(lives.size()).isGreaterThan(10);
    assertThat(lives.values())
        .allSatisfy(life ->
            assertThat(life)
                .isSorted()
                .doesNotHaveDuplicates()
                .startsWith(ContainerEventType.CONTAINER_CREATED_EVENT)
                .endsWith(ContainerEventType.CONTAINER_DELETED_EVENT));
    assertThat(events)
        .extracting(ContainerEventResponse::getCreatedAt)
        .isSorted()
        .doesNotHaveDuplicates();
  }
}
