package dev.gantry.daemon.container;

import dev.gantry.container.ContainerRef;
import dev.gantry.container.ContainerRuntime;
import dev.gantry.container.ExitListener;
import dev.gantry.container.ExitRecord;
import dev.gantry.container.RuntimeFailure;
import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.ContainerStage;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.spec.ExecProcess;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.daemon.work.KernelStep;
import dev.gantry.daemon.work.Operations;
import dev.gantry.daemon.work.Retries;
import dev.gantry.oci.runtime.Process;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The containers' life between creation and removal: learning that one ended, ending one, and
 * taking one apart by nothing but its record. Every step of the taking apart is idempotent.
 */
public final class Containers implements ExitListener {
  /** How long a process may take to die of SIGKILL before the caller is told. */
  private static final Duration KILL_PATIENCE = Duration.ofSeconds(15);

  /** How long a monitor may take to note the end of what was killed before it is killed too. */
  private static final Duration NOTE_PATIENCE = Duration.ofSeconds(5);

  private final RecordStore<ContainerRecord> store;
  private final ContainerRoots roots;
  private final Handlers handlers;
  private final ImageLeases leases;
  private final Operations operations;
  private final Retries retries;

  /** Those that have got their stop signal. */
  private final Set<String> signalled = ConcurrentHashMap.newKeySet();

  /** Those that we have begun to kill. */
  private final Set<String> killed = ConcurrentHashMap.newKeySet();

  public Containers(
      RecordStore<ContainerRecord> store,
      ContainerRoots roots,
      Handlers handlers,
      ImageLeases leases,
      Operations operations,
      Retries retries) {
    this.store = store;
    this.roots = roots;
    this.handlers = handlers;
    this.leases = leases;
    this.operations = operations;
    this.retries = retries;
  }

  /** Where a container's things are. */
  public ContainerRoots roots() {
    return roots;
  }

  /** The records. */
  public RecordStore<ContainerRecord> store() {
    return store;
  }

  /** What keeps the images' layers. */
  public ImageLeases leases() {
    return leases;
  }

  /** How the runtimes know the container of that record. */
  public ContainerRef refOf(ContainerRecord record) {
    return roots.refOf(record);
  }

  /** Whether the container's first process still waits to be started. */
  public boolean waitsForStart(ContainerRecord record) throws CallFailure {
    return record.getStage() == ContainerStage.CONTAINER_STAGE_RUNNING
        && handlers.get(record.getHandler()).waitsForStart(roots.refOf(record));
  }

  /** Unmounts on the node what a created container has in a mount namespace of its own. */
  public void unmountOnNode(ContainerRecord record) throws IOException, CallFailure {
    if (handlers.get(record.getHandler()).ownsMounts(refOf(record))) {
      roots.unmountOnNode(record.getId());
    }
  }

  /** Notes that a container ended. */
  @Override
  public void onExit(String id, ExitRecord exit) {
    Optional<Entry<ContainerRecord>> entry = store.exactly(id);
    if (entry.isEmpty()) {
      return;
    }
    ContainerRecord record = entry.get().settle(r -> Exits.apply(r, exit, killed.contains(id)));
    Event.info("container exited")
        .with("container", id)
        .with("pod", record.getPodId())
        .with("exit_code", record.getExitCode())
        .with("reason", record.getReason())
        .log();
    boolean mayLiveOn =
        exit.monitorLost() && handlers.get(record.getHandler()).info().features().podSandbox();
    if (mayLiveOn || !hasOwnPidNamespace(record)) {
      killLeft(record);
    }
  }

  /** conmon notes no end while what the first process left running holds the output. */
  @Override
  public void onInitEnd(String id) {
    store.exactly(id).ifPresent(container -> killLeftovers(container.record()));
  }

  /** Kills what the first process of a container, which has ended, may have left running. */
  public void killLeftovers(ContainerRecord record) {
    if (!hasOwnPidNamespace(record)) {
      killLeft(record);
    }
  }

  private void killLeft(ContainerRecord record) {
    ContainerRuntime runtime = handlers.get(record.getHandler());
    try {
      runtime.killAll(refOf(record));
    } catch (RuntimeFailure e) {
      Event.error("what a container left running could not be killed, and will be tried again")
          .with("container", record.getId())
          .because(e)
          .log();
      retries.add(
          "kill what container " + record.getId() + " left running",
          () -> runtime.killAll(refOf(record)));
    }
  }

  /** With a PID namespace of its own nothing outlives a container's first process. */
  private static boolean hasOwnPidNamespace(ContainerRecord record) {
    return record.getConfig().getLinux().getSecurityContext().getNamespaceOptions().getPid()
        == NamespaceMode.CONTAINER;
  }

  /**
   * The process of a command in a running container: as the container's own, in its working
   * directory, which it may have changed.
   *
   * @throws CallFailure when that leads out of the container by now
   */
  public Process commandIn(ContainerRecord record, List<String> command, boolean terminal)
      throws IOException, CallFailure {
    Process process = roots.process(record.getId());
    if (!process.cwd().equals("/")) {
      KernelStep.call(
          "look at the working directory of container " + record.getId(),
          () -> {
            WorkingDirs.check(
                Path.of("/proc/" + record.getInitPid() + "/root"), List.of(), process.cwd());
            return true;
          });
    }
    return ExecProcess.of(process, command, terminal);
  }

  /** Kills the commands that an earlier daemon was running in the container when it was killed. */
  public void endOldExecs(ContainerRecord record) throws IOException, CallFailure {
    handlers.get(record.getHandler()).endOldExecs(refOf(record));
  }

  /**
   * Sends the container its stop signal, once however often it is stopped: a second one means
   * another thing to some programs, such as not to wait for what they are at.
   */
  public void askToStop(Entry<ContainerRecord> container) throws IOException, CallFailure {
    if (signalled.add(container.id())) {
      ContainerRecord record = container.record();
      boolean sent = false;
      try {
        handlers.get(record.getHandler()).signal(refOf(record), record.getStopSignal());
        sent = true;
      } finally {
        if (!sent) {
          signalled.remove(container.id());
        }
      }
    }
  }

  /** Completes when the container has ended. */
  public static CompletableFuture<ContainerRecord> ended(Entry<ContainerRecord> container) {
    return container.when(r -> r.getStage() == ContainerStage.CONTAINER_STAGE_EXITED);
  }

  /**
   * Kills every process of the container and waits until its end is recorded; does nothing to one
   * that ended.
   *
   * @throws CallFailure DEADLINE_EXCEEDED when it or its monitor does not die, as in
   *     uninterruptible sleep
   */
  public void kill(Entry<ContainerRecord> container) throws Exception {
    settle(container);
    ContainerRecord record = container.record();
    if (record.getStage() == ContainerStage.CONTAINER_STAGE_EXITED) {
      return;
    }
    if (record.getStage() != ContainerStage.CONTAINER_STAGE_CREATING) {
      killed.add(container.id());
      ContainerRuntime runtime = handlers.get(record.getHandler());
      runtime.killAll(refOf(record));
      if (!endsWithin(NOTE_PATIENCE, container) && !refOf(record).running()) {
        runtime.killMonitor(refOf(record));
      }
      if (!endsWithin(KILL_PATIENCE, container)) {
        throw new CallFailure(
            Status.Code.DEADLINE_EXCEEDED,
            "kill container " + container.id() + ": " + whatHoldsUp(record));
      }
    }
  }

  private static boolean endsWithin(Duration patience, Entry<ContainerRecord> container)
      throws InterruptedException, ExecutionException {
    try {
      ended(container).get(patience.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException notYet) {
      return false;
    }
  }

  private String whatHoldsUp(ContainerRecord record) {
    return refOf(record).running()
        ? "process "
            + record.getInitPid()
            + " does not die of SIGKILL; see its state in /proc/"
            + record.getInitPid()
            + "/status (D means it waits for a device or a file system)"
        : "its processes and its monitor are dead, but its end is not recorded; try again, and see"
            + " the daemon's log";
  }

  /** Waits for a container that is just being created to be created or given up. */
  private static void settle(Entry<ContainerRecord> container) throws Exception {
    try {
      container
          .when(r -> r.getStage() != ContainerStage.CONTAINER_STAGE_CREATING)
          .get(KILL_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new CallFailure(
          Status.Code.DEADLINE_EXCEEDED,
          "container " + container.name() + " is still being created; try again",
          e);
    }
  }

  /** Kills the containers of a pod, all at the same time. */
  public void killAllOf(String podId) throws Exception {
    forAllOf(podId, this::kill);
  }

  /** Kills and removes the containers of a pod, all at the same time. */
  public void removeAllOf(String podId) throws Exception {
    forAllOf(podId, this::remove);
  }

  private interface Step {
    void run(Entry<ContainerRecord> container) throws Exception;
  }

  private void forAllOf(String podId, Step step) throws Exception {
    List<Entry<ContainerRecord>> containers =
        store.all().stream().filter(c -> c.record().getPodId().equals(podId)).toList();
    if (containers.size() == 1) {
      step.run(containers.getFirst());
      return;
    }
    var running = new ArrayList<Future<?>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Entry<ContainerRecord> container : containers) {
        running.add(
            threads.submit(() -> {
              step.run(container);
              return true;
            }));
      }
    }
    Exception first = null;
    for (Future<?> future : running) {
      try {
        future.get();
      } catch (ExecutionException e) {
        Exception failure = e.getCause() instanceof Exception cause ? cause : e;
        if (first == null) {
          first = failure;
        } else {
          first.addSuppressed(failure);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }

  /** Removes the container with its record, by force when it runs. */
  public void remove(Entry<ContainerRecord> container) throws Exception {
    operations.run(
        "remove container " + container.name(),
        container.id(),
        Boolean.class,
        stages -> {
          stages.enter("kill");
          kill(container);
          stages.enter("take apart");
          takeApart(container.record());
          return true;
        });
  }

  /** Takes back a container whose creation failed: now, or in the background until it worked. */
  public void takeBack(Entry<ContainerRecord> container) throws IOException, CallFailure {
    try {
      takeApart(container.record());
    } catch (IOException | CallFailure e) {
      retries.add("remove container " + container.id(), () -> takeApart(container.record()));
      throw e;
    }
  }

  /** In this order: the root file system of what still runs is not taken away. */
  private void takeApart(ContainerRecord record) throws IOException, CallFailure {
    KernelStep.requireNoneLate(record.getId());
    handlers.get(record.getHandler()).delete(refOf(record));
    roots.undo(record.getId());
    store.remove(record.getId());
    leases.release(record.getId());
    signalled.remove(record.getId());
    killed.remove(record.getId());
  }

  /**
   * Removes what a container of that id may have left that has no record: also its processes, of
   * which its specification tells the cgroup, and whichever runtime made it.
   */
  public void removeStray(String id) throws IOException, CallFailure {
    KernelStep.requireNoneLate(id);
    Optional<ContainerRef> left = roots.stray(id);
    if (left.isPresent()) {
      for (String handler : handlers.known().keySet()) {
        handlers.get(handler).delete(left.get());
      }
    }
    roots.undo(id);
    store.remove(id);
  }
}
