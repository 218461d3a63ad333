package dev.gantry.daemon.pod;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.store.PodState;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.daemon.work.KernelStep;
import dev.gantry.daemon.work.Operations;
import dev.gantry.daemon.work.Retries;
import dev.gantry.daemon.work.Rollback;
import dev.gantry.daemon.work.Rollback.RollbackException;
import dev.gantry.linux.Fd;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.file.DeleteTree;
import dev.gantry.linux.process.ProcessId;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The parts of a sandbox, and how to take one apart by nothing but its record: after a failed or
 * interrupted start, on StopPodSandbox and RemovePodSandbox, and on recovery. Every step is
 * idempotent, and one that fails does not keep the others from being done.
 *
 * @param state the daemon's state directory
 */
public record Sandboxes(
    Path state,
    RecordStore<PodRecord> pods,
    SandboxCgroup cgroup,
    SandboxNamespaces namespaces,
    SandboxFiles files,
    SandboxNetwork network,
    SandboxInit init,
    SandboxGuest guest,
    Operations operations,
    Retries retries) {
  /** Where all sandboxes keep their things. */
  public Path directory() {
    return state.resolve("pods");
  }

  /** Where the sandbox with that id keeps its things. */
  public SandboxPaths paths(String id) {
    return new SandboxPaths(directory().resolve(id));
  }

  /** Whether the pod's containers share a sandbox with a kernel of its own. */
  public boolean hasGuest(PodRecord pod) {
    return guest.isFor(pod.getRuntimeHandler());
  }

  /** Whether the pod needs {@link #startInit} to run at all. */
  public boolean needsInit(PodRecord pod) {
    return hasGuest(pod) || new SandboxOptions(pod.getConfig()).sharedPid();
  }

  /**
   * Starts the init of a shared PID namespace where there is none yet: with the pod, or with the
   * first container that shares in a pod which was made without. In a pod whose containers share a
   * sandbox that is the init.
   */
  public void startInit(Entry<PodRecord> pod) throws Exception {
    operations.run(
        "start init of pod sandbox " + pod.name(),
        pod.id(),
        Boolean.class,
        stages -> {
          if (pod.record().getInitPid() == 0) {
            ProcessId process = makeInit(pod);
            pod.update(record ->
                record.toBuilder()
                    .setInitPid(process.pid())
                    .setInitStartTime(process.startTime())
                    .build());
            watchGuest(pod);
          }
          return true;
        });
  }

  private ProcessId makeInit(Entry<PodRecord> pod) throws IOException, CallFailure {
    SandboxPaths paths = paths(pod.id());
    var options = new SandboxOptions(pod.record().getConfig());
    boolean guest = hasGuest(pod.record());
    Cgroup cgroup = this.cgroup.makeForInit(pod, guest);
    if (guest) {
      return this.guest.make(pod.record(), paths, options, this.cgroup.ofGuest(pod.record()));
    }
    namespaces.unpinPid(paths);
    return init.make(paths, options, cgroup);
  }

  /** Notices when a pod's sandbox ends before the pod is stopped. */
  public void watchGuest(Entry<PodRecord> pod) throws IOException {
    PodRecord record = pod.record();
    if (record.getInitPid() != 0 && hasGuest(record)) {
      SandboxGuest.watch(
          new ProcessId(record.getInitPid(), record.getInitStartTime()),
          () -> {
            if (pod.record().getState() == PodState.POD_STATE_READY) {
              Event.warn("the sandbox of a pod has ended").with("pod", pod.id()).log();
              close(pod);
            }
          });
    }
  }

  /** Connects to a port of the loopback address in the sandbox that the pod's containers share. */
  public Fd connectToGuest(PodRecord pod, int port) throws IOException, CallFailure {
    return guest.connect(pod, port);
  }

  /**
   * Kills the sandbox that the pod's containers share, if it has such, and them with it: it does
   * not need to answer for that.
   */
  public void endGuest(Entry<PodRecord> pod) throws IOException, CallFailure {
    if (hasGuest(pod.record())) {
      guest.undo(pod.record(), cgroup.ofGuest(pod.record()));
    }
  }

  /** Says that the sandbox is about to end, so that no container is added to it. */
  public void beginEnd(Entry<PodRecord> pod) {
    pod.settle(record ->
        record.getState() == PodState.POD_STATE_READY
            ? record.toBuilder().setState(PodState.POD_STATE_ENDING).build()
            : record);
  }

  /** Says that the sandbox has ended, whatever is left of it. */
  public void close(Entry<PodRecord> pod) {
    pod.settle(record -> record.toBuilder().setState(PodState.POD_STATE_NOT_READY).build());
  }

  /**
   * Ends the sandbox: no process, namespace, mount, interface, address or host port of it is left.
   * Its record stays and says NOT_READY.
   */
  public void stop(Entry<PodRecord> pod) throws RollbackException {
    try (var undo = new Rollback("stop pod sandbox " + pod.name())) {
      pushStops(undo, pod.record());
    }
    pod.settle(Sandboxes::ended);
  }

  /** The record of a sandbox of which nothing is left. */
  public static PodRecord ended(PodRecord record) {
    return record.toBuilder()
        .setState(PodState.POD_STATE_NOT_READY)
        .clearIps()
        .clearInitPid()
        .clearInitStartTime()
        .build();
  }

  /** Ends the sandbox now, or in the background until it worked. */
  public void stopOrRetry(Entry<PodRecord> pod) throws RollbackException {
    try {
      stop(pod);
    } catch (RollbackException e) {
      retries.add("stop pod sandbox " + pod.id(), () -> stopIfThere(pod));
      throw e;
    }
  }

  /** Ends the sandbox in the background. */
  public void stopLater(Entry<PodRecord> pod) {
    retries.begin("stop pod sandbox " + pod.id(), () -> stopIfThere(pod));
  }

  private void stopIfThere(Entry<PodRecord> pod) throws RollbackException {
    if (pods.exactly(pod.id()).isPresent()) {
      stop(pod);
    }
  }

  /**
   * Removes the sandbox with its record, whatever state it is in. Who asks for it a second time
   * waits for the first: one that came late would take the next attempt's cgroup.
   */
  public void remove(Entry<PodRecord> pod) throws Exception {
    operations.run(
        "take pod sandbox " + pod.id() + " apart",
        pod.id(),
        Boolean.class,
        stages -> {
          takeApart(pod);
          return true;
        });
  }

  private void takeApart(Entry<PodRecord> pod) throws IOException, RollbackException {
    PodRecord record = pod.record();
    KernelStep.requireNoneLate(record.getId());
    try (var undo = new Rollback("remove pod sandbox " + pod.name())) {
      undo.push("cgroup", () -> KernelStep.run("remove cgroup", () -> cgroup.undo(record)));
      undo.push("directory", () -> deleteState(record.getId()));
      pushStops(undo, record);
    }
    if (record.getState() == PodState.POD_STATE_ENDING) {
      pod.settle(Sandboxes::ended); // whoever listens hears of its end before its removal
    }
    pods.remove(record.getId());
  }

  /**
   * Removes the sandbox now, or in the background until it worked. Till then clients see that it is
   * not ready, so that its name is theirs to use again with the next attempt.
   */
  public void removeOrRetry(Entry<PodRecord> pod) throws Exception {
    try {
      remove(pod);
    } catch (Exception e) {
      close(pod);
      retries.add("remove pod sandbox " + pod.id(), () -> remove(pod));
      throw e;
    }
  }

  /**
   * Removes the sandbox, in the background where plug-ins have to take its network away: they may
   * hang, or be pods of this node themselves.
   */
  public void removeAtStart(Entry<PodRecord> pod) throws Exception {
    if (network.isAttached(pod.id())) {
      retries.begin("remove pod sandbox " + pod.id(), () -> remove(pod));
    } else {
      remove(pod);
    }
  }

  /** Removes what a sandbox of that id may have left that has no record. */
  public void removeStray(String id) throws IOException, RollbackException {
    try (var undo = new Rollback("remove stray pod sandbox " + id)) {
      undo.push("cgroup", () -> KernelStep.run("remove cgroup", () -> cgroup.undoStray(id)));
      undo.push("directory", () -> deleteState(id));
      pushStops(undo, PodRecord.newBuilder().setId(id).build());
    }
    pods.remove(id);
  }

  private void pushStops(Rollback undo, PodRecord record) {
    SandboxPaths paths = paths(record.getId());
    undo.push("namespaces", () -> unpin(record.getId(), paths));
    undo.push("/dev/shm", () -> KernelStep.run("unmount /dev/shm", () -> files.undo(paths)));
    undo.push("network", () -> network.undo(record.getId()));
    if (hasGuest(record)) {
      undo.push("sandbox", () -> guest.undo(record, cgroup.ofGuest(record)));
    } else if (record.getInitPid() != 0) {
      var process = new ProcessId(record.getInitPid(), record.getInitStartTime());
      undo.push("init", () -> init.undo(process));
    }
  }

  /** A network that could not be taken away yet is taken out of its namespace the next time. */
  private void unpin(String id, SandboxPaths paths) throws IOException, CallFailure {
    if (!network.isAttached(id)) {
      KernelStep.run("unpin namespaces", () -> namespaces.undo(paths));
    }
  }

  private void deleteState(String id) throws IOException {
    if (network.isAttached(id)) {
      return; // the namespaces are pinned there
    }
    Path dir = paths(id).dir();
    KernelStep.delete("delete " + dir, () -> DeleteTree.delete(dir));
  }
}
