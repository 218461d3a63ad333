package dev.gantry.agent.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.agent.worker.PodMachine.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The threads of pods: whoever wakes them, whatever is wished for in between. */
final class PodWorkersTest extends MachineFixture {
  private static final int RUNS = 25;
  private static final long LIMIT_NANOS = Duration.ofSeconds(60).toNanos();

  /** Moves the clock and wakes the pod, as a resync does, until something holds. */
  private void until(PodWorkers workers, java.util.function.BooleanSupplier holds)
      throws InterruptedException {
    long deadline = System.nanoTime() + LIMIT_NANOS;
    while (!holds.getAsBoolean()) {
      assertThat(System.nanoTime()).as("it never came to that").isLessThan(deadline);
      clock.advance(Duration.ofSeconds(30));
      Objects.requireNonNull(pleg).relist();
      workers.wakeAll();
      Thread.sleep(1);
    }
  }

  private void disturb(Random random, FakeRuntime runtime, PodWorkers workers) {
    switch (random.nextInt(6)) {
      case 0 -> runtime.exit(random.nextBoolean() ? "a" : "b", random.nextInt(2));
      case 1 -> runtime.exit("init", 0);
      case 2 -> runtime.exit("second", 0);
      case 3 -> workers.wish(Wish.run(pod));
      case 4 -> Objects.requireNonNull(pleg).look("uid");
      default -> workers.wake("uid");
    }
  }

  private List<Thread> disturbers(long seed, FakeRuntime runtime, PodWorkers workers) {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Random random = new Random(seed * 10 + i);
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                for (int step = 0; step < 50; step++) {
                  disturb(random, runtime, workers);
                }
              }));
    }
    return threads;
  }

  @Test
  void itBecomesAsItWasWishedForAndThenNothing() throws InterruptedException {
    for (int seed = 0; seed < RUNS; seed++) {
      FakeRuntime runtime = runtime(new Random(seed));
      runtime.faults = seed % 3 == 0 ? 20 : 0;
      gone = false;
      status = dev.gantry.agent.api.PodStatus.none();
      try (PodWorkers workers = new PodWorkers(parts(runtime))) {
        workers.wish(Wish.run(pod));
        for (Thread thread : disturbers(seed, runtime, workers)) {
          thread.join();
        }
        until(
            workers,
            () -> {
              runtime.exit("init", 0);
              runtime.exit("second", 0);
              return runtime.running().equals(List.of("a", "b", "side"));
            });
        workers.wish(Wish.end(pod, Duration.ofSeconds(1)));
        List<Thread> late = disturbers(seed + 1000L, runtime, workers);
        // What is wished for now comes too late, unless the pod is gone: then it is a new one.
        for (Thread thread : late) {
          thread.join();
        }
        workers.wish(Wish.end(pod, Duration.ZERO));
        until(workers, () -> workers.state("uid").isEmpty());
      }
      assertThat(gone).as("seed %d", seed).isTrue();
      assertThat(runtime.empty()).as("seed %d", seed).isTrue();
      assertThat(runtime.violations).as("seed %d", seed).isEmpty();
    }
  }

  @Test
  void whoIsToldToEndDoesNotComeBack() throws InterruptedException {
    FakeRuntime runtime = runtime(new Random(1));
    try (PodWorkers workers = new PodWorkers(parts(runtime))) {
      workers.wish(Wish.run(pod));
      until(workers, () -> runtime.running().contains("init"));
      runtime.faults = 100; // nothing can be ended now
      workers.wish(Wish.end(pod, Duration.ZERO));
      until(workers, () -> workers.state("uid").filter(State.ENDING::equals).isPresent());
      workers.wish(Wish.run(pod));
      runtime.faults = 0;
      until(workers, () -> workers.state("uid").isEmpty());
    }
    assertThat(runtime.empty()).isTrue();
    assertThat(runtime.started).containsExactly("init");
  }

  @Test
  void closingLeavesPodsAsTheyAre() throws InterruptedException {
    FakeRuntime runtime = runtime(new Random(1));
    try (PodWorkers workers = new PodWorkers(parts(runtime))) {
      workers.wish(Wish.run(pod));
      until(workers, () -> runtime.running().contains("init"));
    }
    assertThat(runtime.running()).containsExactly("init");
    assertThat(gone).isFalse();
  }
}
