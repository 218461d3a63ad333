package dev.gantry.agent.pleg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.agent.runtime.PodSnapshot;
import dev.gantry.agent.runtime.RuntimeContainer;
import dev.gantry.agent.worker.FakeRuntime;
import dev.gantry.agent.worker.TestClock;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.PodSandboxConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What the generator tells, and that the cache is what the runtime has, whatever happens. */
final class PlegTest {
  private final TestClock clock = new TestClock();

  private static List<PodEvent> drain(BoundedChannel<PodEvent> channel)
      throws InterruptedException {
    List<PodEvent> events = new ArrayList<>();
    for (Optional<PodEvent> event = channel.poll(Duration.ZERO);
        event.isPresent();
        event = channel.poll(Duration.ZERO)) {
      events.add(event.get());
    }
    return events;
  }

  private static String start(FakeRuntime runtime, String sandbox, String name) {
    var config =
        ContainerConfig.newBuilder()
            .setMetadata(ContainerMetadata.newBuilder().setName(name))
            .build();
    String id = runtime.createContainer(sandbox, config, PodSandboxConfig.getDefaultInstance());
    runtime.startContainer(id);
    return id;
  }

  @Test
  void itTellsOfStartsDeathsAndRemovals() throws InterruptedException {
    FakeRuntime runtime = new FakeRuntime(clock, new Random(1));
    BoundedChannel<PodEvent> channel = new BoundedChannel<>(100);
    Pleg pleg = new Pleg(runtime, new PodCache(runtime), channel, clock, Duration.ofMinutes(3));
    String sandbox = runtime.runSandbox(PodSandboxConfig.getDefaultInstance(), "");
    String id = start(runtime, sandbox, "a");
    assertThat(pleg.relist()).isTrue();
    assertThat(drain(channel))
        .containsExactlyInAnyOrder(
            new PodEvent("uid", PodEvent.Type.CONTAINER_STARTED, sandbox),
            new PodEvent("uid", PodEvent.Type.CONTAINER_STARTED, id));
    assertThat(pleg.relist()).isTrue();
    assertThat(drain(channel)).isEmpty();
    runtime.exit("a", 1);
    pleg.look("uid");
    assertThat(drain(channel))
        .containsExactly(new PodEvent("uid", PodEvent.Type.CONTAINER_DIED, id));
    runtime.removeContainer(id);
    pleg.relist();
    assertThat(drain(channel))
        .containsExactly(new PodEvent("uid", PodEvent.Type.CONTAINER_REMOVED, id));
  }

  @Test
  void whatCouldNotBeLookedAtIsToldOfLater() throws InterruptedException {
    for (int seed = 0; seed < 300; seed++) {
      FakeRuntime runtime = new FakeRuntime(clock, new Random(seed));
      Random random = new Random(seed);
      BoundedChannel<PodEvent> channel = new BoundedChannel<>(1000);
      PodCache cache = new PodCache(runtime);
      Pleg pleg = new Pleg(runtime, cache, channel, clock, Duration.ofMinutes(3));
      String sandbox = runtime.runSandbox(PodSandboxConfig.getDefaultInstance(), "");
      List<String> dead = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        runtime.faults = 0;
        String name = "c" + i;
        String id = start(runtime, sandbox, name);
        pleg.relist();
        runtime.exit(name, 0);
        dead.add(id);
        runtime.faults = 50;
        if (random.nextBoolean()) {
          pleg.look("uid");
        } else {
          pleg.relist();
        }
      }
      runtime.faults = 0;
      pleg.relist();
      List<String> told =
          drain(channel).stream()
              .filter(e -> e.type() == PodEvent.Type.CONTAINER_DIED)
              .map(PodEvent::containerId)
              .toList();
      assertThat(told).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(dead);
      PodSnapshot known = cache.get("uid").orElseThrow();
      assertThat(known.containers()).allMatch(RuntimeContainer::exited);
    }
  }

  @Test
  void whateverTheOrderOfHintsTheLastWordIsTheTruth() throws InterruptedException {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      FakeRuntime runtime = new FakeRuntime(clock, random);
      BoundedChannel<PodEvent> channel = new BoundedChannel<>(random.nextInt(4) == 0 ? 5 : 10_000);
      PodCache cache = new PodCache(runtime);
      Pleg pleg = new Pleg(runtime, cache, channel, clock, Duration.ofMinutes(3));
      String sandbox = runtime.runSandbox(PodSandboxConfig.getDefaultInstance(), "");
      Map<String, PodEvent.Type> truth = new TreeMap<>();
      truth.put(sandbox, PodEvent.Type.CONTAINER_STARTED);
      int hints = 0;
      for (int i = 0; i < 60; i++) {
        runtime.faults = 0;
        change(random, runtime, sandbox, truth);
        runtime.faults = random.nextInt(60);
        hints += random.nextInt(3); // lost, sent, sent twice
        if (random.nextInt(3) == 0) {
          for (; hints > 0; hints--) {
            pleg.look("uid");
          }
        } else if (random.nextInt(10) == 0) {
          pleg.relist();
        }
      }
      runtime.faults = 0;
      assertThat(pleg.relist()).isTrue();
      PodSnapshot known = cache.get("uid").orElseThrow();
      assertThat(known.containers()).isEqualTo(runtime.inspect("uid").containers());
      Map<String, PodEvent.Type> told = new TreeMap<>();
      drain(channel).forEach(e -> told.put(e.containerId(), e.type()));
      if (channel.takeOverflow()) {
        assertThat(channel.discarded()).isPositive();
        continue; // then all pods are looked at
      }
      // Who came and went between two looks was never seen.
      truth
          .entrySet()
          .removeIf(e ->
              e.getValue() == PodEvent.Type.CONTAINER_REMOVED && !told.containsKey(e.getKey()));
      assertThat(told).as("seed %d", seed).isEqualTo(truth);
    }
  }

  private static void change(
      Random random, FakeRuntime runtime, String sandbox, Map<String, PodEvent.Type> truth) {
    List<String> ids = new ArrayList<>(truth.keySet());
    ids.remove(sandbox);
    String one = ids.isEmpty() ? "" : ids.get(random.nextInt(ids.size()));
    if (one.isEmpty() || random.nextInt(3) == 0) {
      String id = start(runtime, sandbox, "n" + truth.size());
      truth.put(id, PodEvent.Type.CONTAINER_STARTED);
    } else if (truth.get(one) == PodEvent.Type.CONTAINER_STARTED) {
      runtime.stopContainer(one, Duration.ZERO);
      truth.put(one, PodEvent.Type.CONTAINER_DIED);
    } else if (truth.get(one) == PodEvent.Type.CONTAINER_DIED) {
      runtime.removeContainer(one);
      truth.put(one, PodEvent.Type.CONTAINER_REMOVED);
    }
  }

  @Test
  void itSaysWhenItIsNotHealthyAndWhy() {
    FakeRuntime runtime = new FakeRuntime(clock, new Random(1));
    Pleg pleg =
        new Pleg(
            runtime, new PodCache(runtime), new BoundedChannel<>(1), clock, Duration.ofMinutes(3));
    pleg.relist();
    assertThat(pleg.unhealthy()).isEmpty();
    runtime.faults = 100;
    clock.advance(Duration.ofMinutes(4));
    pleg.relist();
    assertThat(pleg.unhealthy().orElseThrow())
        .startsWith("PLEG is not healthy: pleg was last seen active 240s ago; threshold is 180s")
        .contains("killed");
    runtime.faults = 0;
    pleg.relist();
    assertThat(pleg.unhealthy()).isEmpty();
  }

  @Test
  void aFullChannelSaysThatItDropped() throws InterruptedException {
    BoundedChannel<Integer> channel = new BoundedChannel<>(2);
    assertThat(channel.offer(1)).isTrue();
    assertThat(channel.offer(2)).isTrue();
    assertThat(channel.offer(3)).isFalse();
    assertThat(channel.discarded()).isEqualTo(1);
    assertThat(channel.takeOverflow()).isTrue();
    assertThat(channel.takeOverflow()).isFalse();
    assertThat(channel.poll(Duration.ZERO)).contains(1);
    assertThat(channel.poll(Duration.ZERO)).contains(2);
    assertThat(channel.poll(Duration.ZERO)).isEmpty();
    channel.nudge();
    assertThat(channel.poll(Duration.ofHours(1))).isEmpty();
  }
}
