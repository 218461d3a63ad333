package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.ContainerStage;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.store.RecordStore;

/** What {@link Exec} and {@link Attach} have in common, as the CRI asks for it. */
final class StreamChecks {
  private StreamChecks() {}

  /** The streams that a client wants. */
  record Wanted(boolean stdin, boolean stdout, boolean stderr, boolean terminal) {}

  /**
   * The whole id of the container, which runs.
   *
   * @param created whether one will do that is still to be started
   * @throws CallFailure NOT_FOUND, FAILED_PRECONDITION, or INVALID_ARGUMENT when the streams make
   *     no sense
   */
  static String container(
      String what, RecordStore<ContainerRecord> store, String id, Wanted wanted, boolean created)
      throws CallFailure {
    if (wanted.terminal() && wanted.stderr()) {
      throw CallFailure.invalid(what + ": tty and stderr exclude each other");
    }
    if (!wanted.stdin() && !wanted.stdout() && !wanted.stderr()) {
      throw CallFailure.invalid(what + ": one of stdin, stdout and stderr must be wanted");
    }
    ContainerRecord container = store.get(id).record();
    boolean early = created && container.getStage() == ContainerStage.CONTAINER_STAGE_CREATED;
    if (!early && container.getStage() != ContainerStage.CONTAINER_STAGE_RUNNING) {
      throw CallFailure.precondition(
          what
              + ": container "
              + container.getId()
              + " does not run ("
              + ContainerViews.state(container).name()
              + ")");
    }
    return container.getId();
  }
}
