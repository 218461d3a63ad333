package dev.gantry.agent.worker;

import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodPhase;
import dev.gantry.agent.api.PodStatus;
import dev.gantry.agent.image.Backoff;
import dev.gantry.agent.pleg.PodCache;
import dev.gantry.agent.runtime.PodRuntime;
import dev.gantry.agent.runtime.PodSnapshot;
import dev.gantry.agent.runtime.RuntimeCallException;
import dev.gantry.agent.status.EventRecorder;
import dev.gantry.agent.status.Reason;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/**
 * The life of one pod, step by step; whoever calls {@link #step} is its only thread.
 *
 * <pre>
 *   RUNNING ──(it is over, its deadline has passed, or it is to end)──▶ ENDING
 *   ENDING  ──(nothing of it runs)──▶ ENDED
 *   ENDED   ──(it is not wanted any more, and all of it is removed)──▶ GONE
 * </pre>
 *
 * A step that fails changes no state: the next one does it again. Everything that a step needs to
 * know is asked of the runtime, so a machine that is made anew after a restart goes on where the
 * old one was.
 */
public final class PodMachine {
  /** How long a pod is left alone when nothing happens to it. */
  static final Duration RESYNC = Duration.ofSeconds(60);

  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final Duration LONGEST_RETRY = Duration.ofSeconds(10);

  /** Where it is in its life. */
  public enum State {
    RUNNING,
    ENDING,
    ENDED,
    GONE
  }

  private final PodRuntime runtime;
  private final PodCache cache;
  private final PodParts parts;
  private final PodReports reports;
  private final EventRecorder events;
  private final InstantSource clock;
  private final PodKill kill;
  private final PodSync sync;
  private final String uid;
  private volatile State state = State.RUNNING;
  private Instant acted = Instant.MIN;
  private Instant refreshed = Instant.MIN;
  private Map<String, Reason> reasons = Map.of();
  private Duration retry = RETRY;
  private volatile boolean outOfDate;

  /** The machine of one pod. */
  public PodMachine(String uid, WorkerParts all, Backoff backoff) {
    this.uid = uid;
    this.runtime = all.runtime();
    this.cache = all.cache();
    this.parts = all.parts();
    this.reports = all.reports();
    this.events = all.events();
    this.clock = all.clock();
    Hooks hooks = new Hooks(runtime, all.nodeIps());
    this.kill = new PodKill(runtime, events, hooks, clock);
    this.sync =
        new PodSync(
            all,
            kill,
            new ContainerStart(runtime, all.images(), parts, events, hooks, kill),
            backoff);
  }

  /** What its volumes show has changed: the next step brings them up to date. Any thread. */
  void outOfDate() {
    outOfDate = true;
  }

  public State state() {
    return state;
  }

  /**
   * Does what is to be done now.
   *
   * @return when there is something to do next, if nothing happens before
   * @throws InterruptedException when it was told to give up; the next step goes on
   */
  public Instant step(Wish wish) throws InterruptedException {
    try {
      Instant next =
          switch (state) {
            case RUNNING -> run(wish);
            case ENDING -> end(wish);
            case ENDED -> clear(wish);
            case GONE -> Instant.MAX;
          };
      retry = RETRY;
      return next;
    } catch (RuntimeCallException e) {
      if (e.cancelled() && Thread.interrupted()) {
        throw new InterruptedException("call given up");
      }
      return again(wish, e.unreachable() ? "" : String.valueOf(e.getMessage()));
    } catch (PodSync.ToldException e) {
      return again(wish, "");
    } catch (IOException e) {
      return again(wish, String.valueOf(e.getMessage()));
    }
  }

  private Instant again(Wish wish, String message) {
    if (!message.isEmpty()) {
      events.warning(wish.pod(), "FailedSync", "error syncing pod: " + message);
    }
    Instant at = clock.instant().plus(retry);
    retry = retry.multipliedBy(2);
    retry = retry.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : retry;
    return at;
  }

  private Instant run(Wish wish) throws InterruptedException, IOException {
    Pod pod = wish.pod();
    if (wish.end().isPresent()) {
      return enter(State.ENDING);
    }
    PodSnapshot snapshot = cache.newerThan(uid, acted);
    PodStatus status = reports.report(pod, snapshot, reasons, false);
    if (terminal(status)) {
      return enter(State.ENDING);
    }
    Optional<Instant> deadline = deadline(pod, status);
    if (deadline.filter(at -> !at.isAfter(clock.instant())).isPresent()) {
      String message = "Pod was active on the node longer than the specified deadline";
      events.normal(pod, "DeadlineExceeded", message);
      reports.fail(pod, "DeadlineExceeded", message);
      return enter(State.ENDING);
    }
    prepare(pod);
    reports.running(pod);
    PodSync.Outcome outcome = act(pod, snapshot);
    reasons = Map.copyOf(outcome.reasons());
    if (outcome.acted()) {
      snapshot = cache.refresh(uid);
    }
    status = reports.report(pod, snapshot, reasons, outcome.over());
    if (outcome.over() || terminal(status)) {
      return enter(State.ENDING);
    }
    Instant next = clock.instant().plus(RESYNC);
    next = earlier(next, outcome.retryAt());
    return earlier(next, deadline);
  }

  /** Whatever comes of it, what was known before is out of date then, unless nothing was done. */
  private PodSync.Outcome act(Pod pod, PodSnapshot snapshot)
      throws InterruptedException, IOException {
    Instant before = acted;
    acted = Instant.MAX;
    try {
      PodSync.Outcome outcome = sync.run(pod, snapshot);
      acted = outcome.acted() ? clock.instant() : before;
      return outcome;
    } finally {
      acted = acted.equals(Instant.MAX) ? clock.instant() : acted;
    }
  }

  /** Volumes and cgroups at first, and what is new of them from time to time. */
  private void prepare(Pod pod) throws IOException {
    if (!outOfDate && Duration.between(refreshed, clock.instant()).compareTo(RESYNC) < 0) {
      return;
    }
    outOfDate = false;
    try {
      if (refreshed.equals(Instant.MIN)) {
        parts.prepare(pod);
      } else {
        parts.refresh(pod);
      }
    } catch (IOException e) {
      outOfDate = true;
      events.warning(pod, "FailedMount", String.valueOf(e.getMessage()));
      throw new PodSync.ToldException(e);
    }
    refreshed = clock.instant();
  }

  private static Optional<Instant> deadline(Pod pod, PodStatus status) {
    Long seconds = pod.spec().activeDeadlineSeconds();
    Instant start = status.startTime();
    return seconds == null || start == null
        ? Optional.empty()
        : Optional.of(start.plusSeconds(seconds));
  }

  private static Instant earlier(Instant one, Optional<Instant> other) {
    return other.filter(at -> at.isBefore(one)).orElse(one);
  }

  private static boolean terminal(PodStatus status) {
    PodPhase phase = status.phase();
    return phase == PodPhase.Succeeded || phase == PodPhase.Failed;
  }

  private Instant end(Wish wish) throws InterruptedException {
    Pod pod = wish.pod();
    reports.ending(pod);
    Duration grace =
        wish.end()
            .map(Wish.End::grace)
            .orElse(Duration.ofSeconds(pod.spec().terminationGracePeriodSeconds()));
    PodSnapshot snapshot = cache.refresh(uid);
    kill.pod(pod, snapshot, grace);
    PodSnapshot after = cache.refresh(uid);
    if (!after.dead()) {
      return clock.instant().plus(RETRY);
    }
    reports.report(pod, after, Map.of(), true);
    return enter(State.ENDED);
  }

  private Instant clear(Wish wish) throws IOException {
    parts.tearDown(uid);
    if (wish.end().isEmpty()) {
      return Instant.MAX; // it stays as it ended, for people to look at
    }
    PodSnapshot snapshot = cache.refresh(uid);
    snapshot.containers().forEach(c -> runtime.removeContainer(c.id()));
    snapshot.sandboxes().forEach(s -> runtime.removeSandbox(s.id()));
    cache.remove(uid);
    reports.gone(wish.pod());
    return enter(State.GONE);
  }

  private Instant enter(State next) {
    state = next;
    return next == State.GONE ? Instant.MAX : clock.instant();
  }
}
