package dev.gantry.daemon.stats;

import dev.gantry.daemon.log.Event;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/**
 * Asks the sandboxes of pods what their containers use, a few at once. Each is asked by a program
 * of its runtime, which waits while the sandbox hangs. So who asks waits no longer than {@link
 * #PATIENCE} for all of them together, and one that did not answer is not asked again for {@link
 * #PAUSE}.
 */
final class GuestFigures {
  /** Twice as long as a runtime waits for one sandbox. */
  static final Duration PATIENCE = Duration.ofSeconds(10);

  static final Duration PAUSE = Duration.ofSeconds(60);

  /** How many are asked at once. */
  static final int AT_ONCE = 8;

  /** Reads the figures of all containers of a pod. */
  @FunctionalInterface
  interface Question {
    void ask(String pod) throws IOException;
  }

  private final Question question;
  private final LongSupplier clock;
  private final Duration patience;
  private final Semaphore turns = new Semaphore(AT_ONCE, true);
  private final ConcurrentHashMap<String, CompletableFuture<Void>> underWay =
      new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Long> failed = new ConcurrentHashMap<>();

  /**
   * Asks nothing yet.
   *
   * @param question what to ask; it fails when the pod's sandbox does not answer
   */
  GuestFigures(Question question) {
    this(question, System::nanoTime, PATIENCE);
  }

  GuestFigures(Question question, LongSupplier clock, Duration patience) {
    this.question = question;
    this.clock = clock;
    this.patience = patience;
  }

  /** Asks the sandboxes of these pods; what they have told by then counts. */
  void ask(Set<String> pods) {
    long now = clock.getAsLong();
    failed.values().removeIf(at -> now - at >= PAUSE.toNanos());
    List<CompletableFuture<Void>> answers =
        pods.stream().filter(pod -> !failed.containsKey(pod)).map(this::answer).toList();
    try {
      CompletableFuture.allOf(answers.toArray(CompletableFuture<?>[]::new))
          .get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      // The rest is as last read; who hangs is found out meanwhile.
    } catch (ExecutionException e) {
      Event.warn("sandboxes not asked for their figures").because(e).log();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private CompletableFuture<Void> answer(String pod) {
    var mine = new CompletableFuture<Void>();
    CompletableFuture<Void> running = underWay.putIfAbsent(pod, mine);
    if (running != null) {
      return running;
    }
    Thread.ofVirtual()
        .name("guest-figures")
        .start(() -> {
          try {
            turns.acquire();
            try {
              question.ask(pod);
            } finally {
              turns.release();
            }
          } catch (IOException e) {
            failed.put(pod, clock.getAsLong());
            Event.warn("the sandbox of a pod does not answer; its figures stay as last read")
                .with("pod", pod)
                .with("askedAgainAfter", PAUSE)
                .because(e)
                .log();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } finally {
            underWay.remove(pod);
            mine.complete(null);
          }
        });
    return mine;
  }
}
