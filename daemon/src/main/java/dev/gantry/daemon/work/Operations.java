package dev.gantry.daemon.work;

import dev.gantry.daemon.rpc.CallFailure;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Status;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs named work so that a repeat of what is still running joins it. The work belongs to nobody's
 * call: it goes on when its caller gives up, and the caller's retry waits for the same result. A
 * different request under a name in use is refused with ALREADY_EXISTS, or waits for its turn.
 */
public final class Operations {
  /** The work: may take long, says where it is. */
  @FunctionalInterface
  public interface Work<T> {
    T run(Stages stages) throws Exception;
  }

  private record Running(Object request, Stages stages, CompletableFuture<Object> result) {}

  private final ConcurrentHashMap<String, Running> running = new ConcurrentHashMap<>();

  /**
   * Runs {@code work} on a thread of its own, or joins it, and waits until it ended or the caller's
   * deadline has passed.
   *
   * @param name verb and object, as in {@code run pod sandbox web}; also the start of error
   *     messages
   * @param request what is asked for; equal requests join
   */
  public <T> T run(String name, Object request, Class<T> type, Work<T> work) throws Exception {
    Running first = begin(name, request, work);
    if (!first.request().equals(request)) {
      throw new CallFailure(
          Status.Code.ALREADY_EXISTS,
          name + ": another request for it, which differs, is at " + first.stages());
    }
    return type.cast(await(name, first.stages(), first.result()));
  }

  /**
   * As {@link #run}, but a different request begins when the one that is running has ended, well or
   * not. One whose caller gives up before that is not begun.
   */
  public <T> T runInTurn(String name, Object request, Class<T> type, Work<T> work)
      throws Exception {
    Running first = begin(name, request, work);
    while (!first.request().equals(request)) {
      await(name, first.stages(), first.result().handle((result, failure) -> true));
      first = begin(name, request, work);
    }
    return type.cast(await(name, first.stages(), first.result()));
  }

  /** Begins the work, unless there is some under the name already: then it is that. */
  private <T> Running begin(String name, Object request, Work<T> work) {
    var mine = new Running(request, new Stages(), new CompletableFuture<>());
    Running first = running.putIfAbsent(name, mine);
    if (first != null) {
      return first;
    }
    Context context = Context.current().fork();
    Thread.ofVirtual().name(name).start(() -> context.run(() -> perform(name, mine, work)));
    return mine;
  }

  private <T> void perform(String name, Running mine, Work<T> work) {
    try {
      T result = work.run(mine.stages());
      running.remove(name, mine);
      mine.result().complete(result);
    } catch (Throwable e) {
      running.remove(name, mine);
      mine.result().completeExceptionally(e);
    }
  }

  private static Object await(String name, Stages stages, CompletableFuture<?> end)
      throws Exception {
    Deadline deadline = Context.current().getDeadline();
    try {
      return deadline == null
          ? end.get()
          : end.get(deadline.timeRemaining(TimeUnit.NANOSECONDS), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw late(name, stages, e);
    } catch (InterruptedException e) {
      // The deadline of a call also interrupts it, so that either may be seen first.
      if (deadline != null && deadline.isExpired()) {
        throw late(name, stages, e);
      }
      throw new CallFailure(
          Status.Code.CANCELLED,
          name + ": given up by its caller at " + stages + "; the work goes on",
          e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }

  private static CallFailure late(String name, Stages stages, Exception cause) {
    return new CallFailure(
        Status.Code.DEADLINE_EXCEEDED,
        name + ": still at " + stages + "; a retry will wait for the same result",
        cause);
  }
}
