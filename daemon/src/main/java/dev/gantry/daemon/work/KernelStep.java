package dev.gantry.daemon.work;

import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.linux.BlockingCallTimeoutException;
import dev.gantry.linux.BlockingCalls;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * A step that may block in the kernel: a mount, the opening of somebody's path, the removal of a
 * tree. It runs on the bounded pool of {@link BlockingCalls}, because a virtual thread that blocks
 * in the kernel takes its carrier with it.
 */
public final class KernelStep {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  /** A tree may be large, and its disk slow. */
  private static final Duration TREE_DEADLINE = Duration.ofMinutes(10);

  /** How long the removal of an object waits for a step that was too late. */
  private static final Duration LATE_PATIENCE = Duration.ofSeconds(2);

  /** Steps that are still in the kernel after their caller was told so, by the object's id. */
  private static final ConcurrentHashMap<String, List<Late>> LATE = new ConcurrentHashMap<>();

  private record Late(String what, CompletableFuture<Boolean> ended) {}

  private KernelStep() {}

  /**
   * Runs a step that makes something of an object, as {@link #call} does. One that does not end in
   * time may still take effect: the object is not removed before it has, see {@link
   * #requireNoneLate}.
   *
   * @param id of the object
   */
  public static <T> T make(String id, String what, Callable<T> step)
      throws IOException, CallFailure {
    return make(id, what, DEADLINE, step);
  }

  static <T> T make(String id, String what, Duration deadline, Callable<T> step)
      throws IOException, CallFailure {
    var ended = new CompletableFuture<Boolean>();
    try {
      return call(
          what,
          deadline,
          () -> {
            try {
              return step.call();
            } finally {
              ended.complete(true);
            }
          });
    } catch (BlockingCallTimeoutException | InterruptedIOException e) {
      if (!(e instanceof BlockingCallTimeoutException late) || late.begun()) {
        remember(id, new Late(what, ended));
      }
      throw e;
    }
  }

  private static void remember(String id, Late late) {
    LATE.merge(id, List.of(late), (a, b) -> Stream.concat(a.stream(), b.stream()).toList());
    var _ =
        late.ended()
            .thenRun(() ->
                LATE.computeIfPresent(
                    id,
                    (same, all) -> {
                      List<Late> left = all.stream().filter(other -> !other.equals(late)).toList();
                      return left.isEmpty() ? null : left;
                    }));
  }

  /**
   * Waits a moment for steps of the object that were too late.
   *
   * @throws IOException naming one that is still in the kernel: what it makes would be left behind
   */
  public static void requireNoneLate(String id) throws IOException {
    for (Late late : LATE.getOrDefault(id, List.of())) {
      try {
        late.ended().get(LATE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        throw new IOException(late.what() + ": is still in the kernel, beyond its deadline", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(late.what() + ": interrupted", e);
      } catch (ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /**
   * Runs the step and waits for it.
   *
   * @param what verb and object, for messages
   */
  public static <T> T call(String what, Callable<T> step) throws IOException, CallFailure {
    return call(what, DEADLINE, step);
  }

  private static <T> T call(String what, Duration deadline, Callable<T> step)
      throws IOException, CallFailure {
    try {
      return BlockingCalls.run(what, deadline, step);
    } catch (IOException e) {
      if (e.getCause() instanceof CallFailure failure) {
        throw failure;
      }
      throw e;
    }
  }

  /** Runs a step that has no result. */
  public static void run(String what, Rollback.Undo step) throws IOException, CallFailure {
    call(what, withResult(step));
  }

  /** As {@link #make(String, String, Callable)}, of a step that has no result. */
  public static void make(String id, String what, Rollback.Undo step)
      throws IOException, CallFailure {
    make(id, what, withResult(step));
  }

  /** Runs a step that removes a tree of files. */
  public static void delete(String what, Rollback.Undo step) throws IOException {
    BlockingCalls.run(what, TREE_DEADLINE, withResult(step));
  }

  /** Runs a step that goes through a tree of files, and makes nothing that has to be removed. */
  public static void walk(String what, Rollback.Undo step) throws IOException, CallFailure {
    call(what, TREE_DEADLINE, withResult(step));
  }

  private static Callable<Boolean> withResult(Rollback.Undo step) {
    return () -> {
      step.run();
      return true;
    };
  }
}
