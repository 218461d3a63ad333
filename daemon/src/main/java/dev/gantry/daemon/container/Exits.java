package dev.gantry.daemon.container;

import dev.gantry.container.ExitRecord;
import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.ContainerStage;
import dev.gantry.daemon.runtime.Clock;

/**
 * How a container's end is told: the reasons that the kubelet knows ({@code Completed}, {@code
 * Error}, {@code OOMKilled}, {@code StartError}) and Gantry's {@code MonitorLost} and {@code
 * Unknown}.
 */
public final class Exits {
  /** Exit code of a container that was never started, as containerd and CRI-O give it. */
  private static final int START_ERROR = 128;

  /** Exit code where nobody could see the real one. */
  private static final int UNKNOWN = 255;

  private Exits() {}

  /**
   * The record after the process ended so; one that has ended already stays as it is. Of want of
   * memory has died a container whose main process was the kernel's victim, or told by its exit
   * code that its child was; otherwise the message says that a child was.
   *
   * @param killed whether we killed it, so that its exit code says nothing of memory
   */
  public static ContainerRecord apply(ContainerRecord record, ExitRecord exit, boolean killed) {
    if (record.getStage() == ContainerStage.CONTAINER_STAGE_EXITED) {
      return record;
    }
    boolean oom = exit.oomKilled() && exit.code() == ExitRecord.KILLED_CODE && !killed;
    String reason =
        exit.monitorLost()
            ? "MonitorLost"
            : oom ? "OOMKilled" : exit.code() == 0 ? "Completed" : "Error";
    return ended(record, exit.code(), reason, message(exit, oom))
        // The kernel stamps files with the time of its last tick, which may be before the start.
        .setFinishedAt(Math.max(record.getStartedAt(), Clock.of(exit.finishedAt())))
        .build();
  }

  private static String message(ExitRecord exit, boolean oom) {
    if (exit.monitorLost() && exit.code() == ExitRecord.UNKNOWN_CODE) {
      return "conmon, which was to note how the container ended, died without doing so; its exit"
          + " code is not known";
    }
    if (exit.monitorLost()) {
      return "conmon, which held the container's output and exit code, died; the container was"
          + " killed";
    }
    return exit.oomKilled() && !oom
        ? "the kernel killed a process of the container, not its first one, for want of memory"
        : "";
  }

  /** The record of a container that could not be started. */
  public static ContainerRecord startError(ContainerRecord record, String message) {
    return record.getStage() == ContainerStage.CONTAINER_STAGE_EXITED
            && !record.getReason().isEmpty()
            && record.getExitCode() != 0
        ? record.toBuilder().setReason("StartError").setMessage(message).build()
        : ended(record, START_ERROR, "StartError", message).setFinishedAt(Clock.now()).build();
  }

  /** The record of a container whose end nobody saw, as after a restart of the machine. */
  public static ContainerRecord unseen(ContainerRecord record, String message) {
    return record.getStage() == ContainerStage.CONTAINER_STAGE_EXITED
        ? record
        : ended(record, UNKNOWN, "Unknown", message).setFinishedAt(Clock.now()).build();
  }

  private static ContainerRecord.Builder ended(
      ContainerRecord record, int code, String reason, String message) {
    return record.toBuilder()
        .setStage(ContainerStage.CONTAINER_STAGE_EXITED)
        .setExitCode(code)
        .setReason(reason)
        .setMessage(message);
  }
}
