package dev.gantry.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs the pods of contenders, in turns, so that a machine that drifts is the same for all. */
final class PodRuns {
  /** The step that is the time until the last of many pods at once runs, or has ended. */
  private static final String ALL_UP = "all up";

  private static final String ALL_DOWN = "all down";

  private final PrintStream progress;
  private int ids;

  PodRuns(PrintStream progress) {
    this.progress = progress;
  }

  private String nextId() {
    return "p" + ProcessHandle.current().pid() + "-" + ids++;
  }

  /**
   * Runs one pod after the other, a contender after the other, who begins changing with each round.
   *
   * @param warmUp rounds before the first that counts
   */
  Map<String, Samples> oneAtATime(List<? extends Contender> contenders, int warmUp, int rounds)
      throws IOException {
    Map<String, Samples> samples = new LinkedHashMap<>();
    contenders.forEach(contender -> samples.put(contender.name(), new Samples()));
    for (int round = -warmUp; round < rounds; round++) {
      progress.printf("\r%-60s", "one at a time: round " + round + " of " + rounds);
      for (int i = 0; i < contenders.size(); i++) {
        Contender contender = contenders.get(Math.floorMod(round + i, contenders.size()));
        Timings timings = one(contender);
        if (round >= 0) {
          java.util.Objects.requireNonNull(samples.get(contender.name())).add(timings);
        }
      }
    }
    progress.printf("\r%-60s\r", "");
    return samples;
  }

  /** Runs one pod and ends it. */
  Timings one(Contender contender) throws IOException {
    Timings timings = new Timings();
    Contender.Pod pod = contender.prepare(nextId());
    try {
      pod.up(timings);
      pod.use(timings);
    } catch (IOException e) {
      end(pod, e);
      throw e;
    }
    pod.down(timings);
    return timings;
  }

  private static void end(Contender.Pod pod, IOException failure) {
    try {
      pod.down(new Timings());
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /** Runs so many pods of each contender at the same time, and ends them at the same time. */
  Map<String, Samples> atOnce(List<? extends Contender> contenders, int pods, int rounds)
      throws IOException {
    Map<String, Samples> samples = new LinkedHashMap<>();
    contenders.forEach(contender -> samples.put(contender.name(), new Samples()));
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < contenders.size(); i++) {
        Contender contender = contenders.get((round + i) % contenders.size());
        progress.printf(
            "\r%-60s", pods + " at once: round " + (round + 1) + ", " + contender.name());
        wave(contender, pods, java.util.Objects.requireNonNull(samples.get(contender.name())));
      }
    }
    progress.printf("\r%-60s\r", "");
    return samples;
  }

  private void wave(Contender contender, int count, Samples samples) throws IOException {
    List<Contender.Pod> pods = prepare(contender, count);
    try {
      double up = together(pods, samples, Contender.Pod::up);
      samples.add(ALL_UP, up);
    } catch (IOException e) {
      pods.forEach(pod -> end(pod, e));
      throw e;
    }
    samples.add(ALL_DOWN, together(pods, samples, Contender.Pod::down));
  }

  /** Starts pods that stay, four at a time. */
  List<Contender.Pod> fill(Contender contender, int count) throws IOException {
    List<Contender.Pod> all = new ArrayList<>();
    while (all.size() < count) {
      List<Contender.Pod> some = prepare(contender, Math.min(4, count - all.size()));
      all.addAll(some);
      together(some, new Samples(), Contender.Pod::up);
    }
    return all;
  }

  /** Ends pods, four at a time. */
  void empty(List<Contender.Pod> pods) throws IOException {
    for (int i = 0; i < pods.size(); i += 4) {
      together(pods.subList(i, Math.min(pods.size(), i + 4)), new Samples(), Contender.Pod::down);
    }
  }

  private List<Contender.Pod> prepare(Contender contender, int count) throws IOException {
    List<Contender.Pod> pods = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      pods.add(contender.prepare(nextId()));
    }
    return pods;
  }

  private interface Step {
    void run(Contender.Pod pod, Timings timings) throws IOException;
  }

  /** Takes a step of every pod at the same time; the answer is how long all of them took. */
  private static double together(List<Contender.Pod> pods, Samples samples, Step step)
      throws IOException {
    CountDownLatch go = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newFixedThreadPool(pods.size())) {
      List<Future<?>> running = new ArrayList<>();
      for (Contender.Pod pod : pods) {
        Callable<Boolean> work =
            () -> {
              Timings timings = new Timings();
              go.await();
              step.run(pod, timings);
              samples.add(timings);
              return true;
            };
        running.add(threads.submit(work));
      }
      long start = System.nanoTime();
      go.countDown();
      for (Future<?> one : running) {
        await(one);
      }
      return (System.nanoTime() - start) / 1e6;
    }
  }

  private static void await(Future<?> work) throws IOException {
    try {
      work.get();
    } catch (InterruptedException e) {
      throw Programs.interrupted(e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    }
  }
}
