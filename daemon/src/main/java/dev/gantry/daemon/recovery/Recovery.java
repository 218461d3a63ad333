package dev.gantry.daemon.recovery;

import dev.gantry.container.ExitWatcher;
import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.ContainerStage;
import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.store.PodState;
import dev.gantry.daemon.container.Containers;
import dev.gantry.daemon.container.Exits;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.pod.SandboxNamespaces;
import dev.gantry.daemon.pod.SandboxOptions;
import dev.gantry.daemon.pod.SandboxPaths;
import dev.gantry.daemon.pod.Sandboxes;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.daemon.store.RecordStore.Loaded;
import dev.gantry.daemon.work.Retries;
import dev.gantry.daemon.work.Rollback.Undo;
import dev.gantry.linux.Boot;
import dev.gantry.linux.mount.MountTable;
import dev.gantry.linux.process.ProcessId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Brings the records and the machine together again at start. What an interrupted creation left is
 * undone, what ended meanwhile is recorded with its exit code, what lives is watched again, and
 * what no record names is removed. After a restart of the machine every process is dead.
 */
public final class Recovery {
  private final RecordStore<PodRecord> pods;
  private final RecordStore<ContainerRecord> store;
  private final Sandboxes sandboxes;
  private final Containers containers;
  private final ExitWatcher exits;
  private final Retries retries;
  private final String boot;

  public Recovery(
      RecordStore<PodRecord> pods,
      RecordStore<ContainerRecord> store,
      Sandboxes sandboxes,
      Containers containers,
      ExitWatcher exits,
      Retries retries)
      throws IOException {
    this.pods = pods;
    this.store = store;
    this.sandboxes = sandboxes;
    this.containers = containers;
    this.exits = exits;
    this.retries = retries;
    this.boot = Boot.id();
  }

  /** Does it; nothing else may use the stores before it is done. */
  public void run() throws IOException {
    List<Loaded<PodRecord>> loadedPods = pods.load();
    List<Loaded<ContainerRecord>> loadedContainers = store.load();
    Set<String> mounted = mounted();
    for (Loaded<ContainerRecord> container : loadedContainers) {
      recover(container, mounted);
    }
    for (Loaded<PodRecord> pod : loadedPods) {
      recoverPod(pod);
    }
    removeStrays();
    if (!loadedPods.isEmpty() || !loadedContainers.isEmpty()) {
      Event.info("recovered")
          .with("pods", pods.all().size())
          .with("containers", store.all().size())
          .log();
    }
  }

  /** The containers of which the node sees a mount. */
  private Set<String> mounted() throws IOException {
    Path bundles = containers.roots().bundles().toAbsolutePath().normalize();
    Set<String> ids = new HashSet<>();
    for (MountTable.Entry mount : MountTable.under(bundles)) {
      ids.add(bundles.relativize(mount.target()).getName(0).toString());
    }
    return ids;
  }

  private void recover(Loaded<ContainerRecord> loaded, Set<String> mounted) throws IOException {
    Entry<ContainerRecord> container = loaded.entry();
    ContainerRecord record = container.record();
    lease(record);
    boolean podGone = pods.all().stream().noneMatch(pod -> pod.id().equals(record.getPodId()));
    if (record.getStage() == ContainerStage.CONTAINER_STAGE_CREATING || podGone) {
      attempt("remove container " + container.id(), () -> containers.takeBack(container));
    } else if (!loaded.bootId().equals(boot)) {
      container.settle(r -> Exits.unseen(r, "the machine was restarted while it ran"));
    } else if (record.getStage() == ContainerStage.CONTAINER_STAGE_EXITED) {
      containers.killLeftovers(record);
    } else {
      attempt(
          "watch container " + container.id(),
          () -> {
            if (containers.waitsForStart(record)) {
              container.settle(Recovery::created);
            }
            exits.track(containers.refOf(record));
          });
      // By themselves: a watch that has begun is not begun again when one of these is.
      attempt("end old execs in container " + container.id(), () -> containers.endOldExecs(record));
      if (mounted.contains(container.id())) {
        attempt(
            "unmount " + container.id() + " on the node", () -> containers.unmountOnNode(record));
      }
    }
  }

  /** The daemon was killed between the record of a start and the start. */
  private static ContainerRecord created(ContainerRecord record) {
    return record.toBuilder()
        .setStage(ContainerStage.CONTAINER_STAGE_CREATED)
        .clearStartedAt()
        .build();
  }

  private void lease(ContainerRecord record) {
    var ids = new ArrayList<>(List.of(record.getImageId()));
    ids.addAll(record.getVolumeImageIdsList());
    for (String id : ids) {
      try {
        containers.leases().take(record.getId(), List.of(id));
      } catch (CallFailure e) {
        Event.warn("an image of a container is gone")
            .with("container", record.getId())
            .because(e)
            .log();
      }
    }
  }

  private void recoverPod(Loaded<PodRecord> loaded) throws IOException {
    Entry<PodRecord> pod = loaded.entry();
    if (!loaded.bootId().equals(boot)) {
      sandboxes.network().recover(pod.record());
    }
    if (pod.record().getState() == PodState.POD_STATE_CREATED) {
      attempt("remove pod sandbox " + pod.id(), () -> sandboxes.removeAtStart(pod));
    } else if (!loaded.bootId().equals(boot)) {
      pod.settle(Sandboxes::ended); // none of its processes and addresses is left
      sandboxes.stopLater(pod);
    } else if (pod.record().getState() == PodState.POD_STATE_READY && !whole(pod.record())) {
      Event.warn("a pod has lost a namespace or its init").with("pod", pod.id()).log();
      sandboxes.close(pod);
    } else if (pod.record().getState() == PodState.POD_STATE_READY) {
      sandboxes
          .files()
          .complete(sandboxes.paths(pod.id()), new SandboxOptions(pod.record().getConfig()));
      sandboxes.watchGuest(pod);
    }
  }

  /** Whether the pod's pins are mounted and its init lives. */
  private boolean whole(PodRecord pod) throws IOException {
    SandboxPaths paths = sandboxes.paths(pod.getId());
    var options = new SandboxOptions(pod.getConfig());
    Set<Path> mounted = new HashSet<>();
    MountTable.under(paths.dir()).forEach(entry -> mounted.add(entry.target()));
    return mounted.containsAll(SandboxNamespaces.pins(paths, options).values())
        && (pod.getInitPid() == 0
            || new ProcessId(pod.getInitPid(), pod.getInitStartTime()).alive());
  }

  private void removeStrays() throws IOException {
    for (String id : store.strays()) {
      attempt("remove stray container " + id, () -> containers.removeStray(id));
    }
    for (String id : pods.strays()) {
      attempt("remove stray pod sandbox " + id, () -> sandboxes.removeStray(id));
    }
    for (String id : names(containers.roots().bundles())) {
      if (store.all().stream().noneMatch(c -> c.id().equals(id))) {
        attempt("remove stray bundle " + id, () -> containers.removeStray(id));
      }
    }
    for (String id : names(sandboxes.directory())) {
      if (pods.all().stream().noneMatch(p -> p.id().equals(id))) {
        attempt("remove stray pod directory " + id, () -> sandboxes.removeStray(id));
      }
    }
  }

  private static List<String> names(Path dir) throws IOException {
    if (!Files.isDirectory(dir)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(dir)) {
      return entries.map(path -> path.getFileName().toString()).toList();
    }
  }

  private void attempt(String name, Undo work) {
    try {
      work.run();
      Event.info("done at start").with("work", name).log();
    } catch (Exception e) {
      Event.warn("not done at start, will be tried again").with("work", name).because(e).log();
      retries.add(name, work);
    }
  }
}
