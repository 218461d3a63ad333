package dev.gantry.daemon.container;

import dev.gantry.container.ContainerRef;
import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.daemon.pod.SandboxCgroup;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.daemon.work.KernelStep;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.DeleteTree;
import dev.gantry.linux.mount.Mounts;
import dev.gantry.linux.process.ProcessId;
import dev.gantry.oci.OciFormatException;
import dev.gantry.oci.OciJson;
import dev.gantry.oci.runtime.Linux;
import dev.gantry.oci.runtime.Process;
import dev.gantry.oci.runtime.RuntimeSpec;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a container's things are: its bundle with the mounted root file system below the state
 * directory, its writable layer below the root directory.
 *
 * @param state the daemon's state directory
 * @param store the container records, whose directories hold the writable layers
 */
public record ContainerRoots(Path state, RecordStore<ContainerRecord> store) {
  private static final String VOLUMES = "volumes";

  /** Passable, because a process of a user namespace must get through to its root file system. */
  private static final FileAttribute<Set<PosixFilePermission>> PASSABLE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x"));

  private static final FileAttribute<Set<PosixFilePermission>> ROOT_DIRECTORY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x"));

  /** Where the bundles of all containers are. */
  public Path bundles() {
    return state.resolve("containers");
  }

  /** The OCI bundle, {@code <state>/containers/<id>}. */
  public Path bundle(String id) {
    return bundles().resolve(id);
  }

  /** The mounted root file system. */
  public Path rootfs(String id) {
    return bundle(id).resolve("rootfs");
  }

  /** Where the image's layers are mounted while the root file system is being made of them. */
  private Path layers(String id) {
    return bundle(id).resolve("layers");
  }

  /** Where a volume that is mounted for the container is. */
  Path volume(String id, int index) {
    return bundle(id).resolve(VOLUMES).resolve(Integer.toString(index));
  }

  /** The container's specification as it was given to the OCI runtime. */
  public RuntimeSpec spec(String id) throws IOException {
    return OciJson.parse(Files.readAllBytes(bundle(id).resolve("config.json")), RuntimeSpec.class);
  }

  /** The container's first process as its specification describes it. */
  public Process process(String id) throws IOException {
    Process process = spec(id).process();
    if (process == null) {
      throw new IOException("container " + id + ": config.json has no process");
    }
    return process;
  }

  /** What the container has written, the overlay's upper directory. */
  public Path writableLayer(String id) {
    return store.directory(id).resolve("upper");
  }

  /** Where conmon leaves the exit files of all containers. */
  public Path exits() {
    return state.resolve("exits");
  }

  /** How the runtimes know the container of that record. */
  public ContainerRef refOf(ContainerRecord record) {
    String id = record.getId();
    return new ContainerRef(
        id,
        bundle(id),
        store.directory(id),
        exits(),
        record.getLogPath().isEmpty() ? null : Path.of(record.getLogPath()),
        record.getCgroupPath(),
        process(record.getMonitorPid(), record.getMonitorStartTime()),
        process(record.getInitPid(), record.getInitStartTime()),
        record.getConfig().getTty());
  }

  /** How the runtimes know a container that has no record, as far as its bundle tells. */
  Optional<ContainerRef> stray(String id) {
    try {
      Linux linux = spec(id).linux();
      String cgroup = linux == null ? null : linux.cgroupsPath();
      return cgroup == null
          ? Optional.empty()
          : Optional.of(
              new ContainerRef(
                  id,
                  bundle(id),
                  store.directory(id),
                  exits(),
                  null,
                  SandboxCgroup.pathOf(cgroup),
                  null,
                  null,
                  false));
    } catch (IOException | OciFormatException noBundle) {
      return Optional.empty(); // nothing was started in it yet
    }
  }

  private static @Nullable ProcessId process(int pid, long startTime) {
    return pid == 0 ? null : new ProcessId(pid, startTime);
  }

  /**
   * Makes the bundle and mounts the root file system: the image's layers below an empty writable
   * one.
   *
   * @param lowers the image's layers, the topmost first
   * @param user the pod's user namespace, whose ids the files have; null for the host's
   * @param options of the overlay
   */
  public void make(
      String id, List<Path> lowers, @Nullable UserMapping user, Map<String, String> options)
      throws IOException, CallFailure {
    Path upper = writableLayer(id);
    Path work = store.directory(id).resolve("work");
    Files.createDirectory(upper, ROOT_DIRECTORY);
    Files.createDirectory(work, PASSABLE);
    Files.createDirectory(bundle(id), PASSABLE);
    Files.createDirectory(rootfs(id), PASSABLE);
    if (user != null) {
      // Before it is mounted: overlayfs takes the owner of its root from there.
      At.chown(At.CWD, upper.toString(), user.rootUser(), user.rootGroup());
    }
    KernelStep.make(
        id,
        "mount root file system of " + id,
        () ->
            MappedLayers.use(
                lowers,
                layers(id),
                user,
                mapped ->
                    Mounts.overlay(
                        new Mounts.OverlayMount(mapped, upper, work, rootfs(id), options))));
  }

  /**
   * Unmounts the root file system and the volumes on the node, once the container has them in a
   * mount namespace of its own; idempotent. Every mount of the node is copied whenever a mount
   * namespace is made, and taken away when it ends: thousands of them would cost each pod that
   * starts or stops many milliseconds of the kernel's time, in which nothing else gets the
   * processor.
   */
  void unmountOnNode(String id) throws IOException, CallFailure {
    KernelStep.make(id, "unmount on the node what container " + id + " has", () -> unmount(id));
  }

  private void unmount(String id) throws IOException {
    Mounts.unmount(rootfs(id));
    unmountVolumes(bundle(id).resolve(VOLUMES));
  }

  /** Unmounts the root file system and the volumes and removes the bundle; idempotent. */
  public void undo(String id) throws IOException {
    KernelStep.delete(
        "remove bundle of " + id,
        () -> {
          unmount(id);
          MappedLayers.undo(layers(id));
          DeleteTree.delete(bundle(id));
        });
  }

  private static void unmountVolumes(Path volumes) throws IOException {
    if (Files.isDirectory(volumes, LinkOption.NOFOLLOW_LINKS)) {
      try (DirectoryStream<Path> mounted = Files.newDirectoryStream(volumes)) {
        for (Path volume : mounted) {
          // The layers of an image volume, when a daemon was killed while it made that.
          if (volume.toString().endsWith(".layers")) {
            MappedLayers.undo(volume);
          }
          Mounts.unmount(volume);
        }
      }
    }
  }
}
