package dev.gantry.daemon.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.gantry.daemon.rpc.CallFailure;
import io.grpc.Context;
import io.grpc.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Joining, refusing and giving up of named work. */
class OperationsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Operations operations = new Operations();
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();

  @AfterEach
  void stopClock() {
    clock.shutdownNow();
  }

  @Test
  void equalRequestsAtTheSameTimeRunOnce() throws Exception {
    var runs = new AtomicInteger();
    var go = new CountDownLatch(1);
    var calls = new ArrayList<Callable<Integer>>();
    for (int i = 0; i < 10; i++) {
      calls.add(() ->
          operations.run(
              "work",
              "request",
              Integer.class,
              stages -> {
                go.await();
                return runs.incrementAndGet();
              }));
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var results = calls.stream().map(threads::submit).toList();
      go.countDown();
      for (Future<Integer> result : results) {
        assertThat(result.get()).isGreaterThanOrEqualTo(1);
      }
    }
    // Late ones may have found the first one done; none ran beside another.
    assertThat(runs.get()).isBetween(1, 10);
  }

  @Test
  void itRunsAgainAfterItEnded() throws Exception {
    var runs = new AtomicInteger();
    for (int i = 1; i <= 3; i++) {
      assertThat(operations.run("work", "request", Integer.class, stages -> runs.incrementAndGet()))
          .isEqualTo(i);
    }
  }

  @Test
  void aDifferentRequestUnderTheNameIsRefusedWithTheStage() throws Exception {
    var inside = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<String> first =
          threads.submit(() ->
              operations.run(
                  "make x",
                  "one",
                  String.class,
                  stages -> {
                    stages.enter("the middle");
                    inside.countDown();
                    go.await();
                    return "done";
                  }));
      inside.await();

      assertThatThrownBy(() -> operations.run("make x", "two", String.class, stages -> "never"))
          .isInstanceOfSatisfying(
              CallFailure.class, e -> assertThat(e.code()).isEqualTo(Status.Code.ALREADY_EXISTS))
          .hasMessageContaining("make x")
          .hasMessageContaining("the middle");

      go.countDown();
      assertThat(first.get()).isEqualTo("done");
    }
  }

  @Test
  void inTurnADifferentRequestBeginsWhenTheFirstHasEndedWellOrNot() throws Exception {
    var inside = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    var ended = new AtomicBoolean();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<String> first =
          threads.submit(() ->
              operations.runInTurn(
                  "change x",
                  "one",
                  String.class,
                  stages -> {
                    inside.countDown();
                    go.await();
                    ended.set(true);
                    throw new IOException("disk on fire");
                  }));
      inside.await();
      var second =
          new FutureTask<>(() ->
              operations.runInTurn(
                  "change x", "two", String.class, stages -> "after the first: " + ended.get()));
      Thread waiting = Thread.ofVirtual().start(second);
      await().atMost(PATIENCE).until(() -> waiting.getState() == Thread.State.WAITING);

      go.countDown();
      assertThat(second.get()).isEqualTo("after the first: true");
      assertThatThrownBy(first::get).hasRootCauseMessage("disk on fire");
    }
  }

  @Test
  void aFailureIsThatOfTheWork() {
    assertThatThrownBy(() ->
            operations.run(
                "work",
                "request",
                String.class,
                stages -> {
                  throw new IOException("disk on fire");
                }))
        .isInstanceOf(IOException.class)
        .hasMessage("disk on fire");
    assertThatThrownBy(() ->
            operations.run(
                "work",
                "request",
                String.class,
                stages -> {
                  throw new AssertionError("a bug");
                }))
        .hasRootCauseInstanceOf(AssertionError.class);
  }

  @Test
  void theCallerGivesUpAtItsDeadlineAndTheWorkGoesOn() throws Exception {
    var go = new CountDownLatch(1);
    var runs = new AtomicInteger();
    Operations.Work<String> work =
        stages -> {
          stages.enter("slow part");
          runs.incrementAndGet();
          go.await();
          return "done";
        };
    Context.CancellableContext hurried =
        Context.current().withDeadlineAfter(2, TimeUnit.SECONDS, clock);
    try {
      assertThatThrownBy(
              () -> hurried.call(() -> operations.run("work", "request", String.class, work)))
          .isInstanceOfSatisfying(
              CallFailure.class, e -> assertThat(e.code()).isEqualTo(Status.Code.DEADLINE_EXCEEDED))
          .hasMessageContaining("slow part");
    } finally {
      hurried.cancel(null);
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<String> retry =
          threads.submit(() -> operations.run("work", "request", String.class, work));
      go.countDown();
      assertThat(retry.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo("done");
    }
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(runs.get()).isBetween(1, 2));
  }
}
