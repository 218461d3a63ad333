package dev.gantry.daemon.pod;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.cgroup.CgroupLimits;
import dev.gantry.linux.cgroup.CgroupMode;
import io.grpc.Status;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The cgroup below which a pod's containers go. The kubelet makes one for each pod and removes it;
 * what nobody has made is made here, named by the record, and removed with the last pod that uses
 * it.
 */
public final class SandboxCgroup {
  private static final String SLICE = ".slice";

  private final CgroupHost host;
  private final String defaultParent;
  private final boolean systemd;
  private final RecordStore<PodRecord> pods;

  public SandboxCgroup(
      CgroupHost host, String defaultParent, boolean systemd, RecordStore<PodRecord> pods) {
    this.host = host;
    this.defaultParent = defaultParent;
    this.systemd = systemd;
    this.pods = pods;
  }

  /**
   * The cgroup for a pod of that id and configuration, as a path; with the systemd driver that of
   * its slice.
   *
   * @throws CallFailure when the request names what is no slice of systemd's, with that driver
   */
  public String parentOf(String podId, SandboxOptions options) throws CallFailure {
    String asked = options.config().getLinux().getCgroupParent();
    if (asked.isEmpty()) {
      return systemd ? "/system.slice" : defaultParent + "/" + podId;
    }
    String path = asked.startsWith("/") ? asked : slicePath(asked);
    if (systemd && !isSlice(path)) {
      throw CallFailure.invalid(
          "linux.cgroup_parent: "
              + asked
              + " is no slice of systemd's, whose driver this node has; name one as in"
              + " kubepods-pod1.slice, or set cgroup_driver = \"cgroupfs\"");
    }
    return path;
  }

  /** Whether systemd puts the slice that the path ends in where the path says. */
  private static boolean isSlice(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    return name.endsWith(SLICE) && path.equals(slicePath(name));
  }

  /**
   * Whether the pod has no cgroup of its own: with the systemd driver its containers' scopes are in
   * a slice of the system's when the request names none.
   */
  public static boolean isShared(PodRecord pod) {
    return pod.getConfig().getLinux().getCgroupParent().isEmpty()
        && !pod.getCgroupParent().endsWith("/" + pod.getId());
  }

  /**
   * Where systemd puts a slice: {@code a-b.slice} is {@code /a.slice/a-b.slice}, systemd.slice(5).
   */
  static String slicePath(String slice) {
    var path = new StringBuilder();
    String name = slice.substring(0, slice.length() - SLICE.length());
    for (int dash = name.indexOf('-'); dash > 0; dash = name.indexOf('-', dash + 1)) {
      path.append('/').append(name, 0, dash).append(".slice");
    }
    return path.append('/').append(slice).toString();
  }

  /**
   * The path of a container's cgroup as its specification names it: itself, or {@code
   * slice:prefix:name} with the systemd driver.
   */
  public static String pathOf(String cgroupsPath) {
    String[] parts = cgroupsPath.split(":", -1);
    return parts.length == 3
        ? slicePath(parts[0]) + "/" + parts[1] + "-" + parts[2] + ".scope"
        : cgroupsPath;
  }

  /**
   * The cgroups that go with the pod, the outermost first: those that {@link #make} will make for
   * {@code parent}, and those that were made for other pods which are still there.
   */
  public List<String> missing(String parent) {
    var missing = new ArrayList<String>();
    if (!systemd) {
      String path = parent;
      while (path.length() > 1 && (madeForPods(path) || !Cgroup.of(host, path).exists())) {
        missing.addFirst(path);
        path = path.substring(0, Math.max(1, path.lastIndexOf('/')));
      }
    }
    return missing;
  }

  private boolean madeForPods(String path) {
    return pods.all().stream().anyMatch(pod -> pod.record().getCreatedCgroupsList().contains(path));
  }

  /**
   * Makes the cgroup in every hierarchy, with the pod's limits when it is the pod's alone; with the
   * systemd driver the slice is systemd's to make.
   *
   * @param guest whether the pod's containers share a sandbox, whose scope then has the limits
   * @throws CallFailure as {@link #limit} does
   */
  public void make(PodRecord record, boolean guest) throws IOException, CallFailure {
    if (!systemd) {
      Cgroup.of(host, record.getCgroupParent()).create();
    }
    if (!systemd || !guest) {
      limit(record);
    }
  }

  /**
   * Sets the pod's limits as its record has them, where the cgroup is the pod's alone: one that the
   * request names is its owner's to limit, as the kubelet does before it asks.
   *
   * @throws CallFailure when the kernel does not take a limit, or the pod has no cgroup to limit
   */
  public void limit(PodRecord record) throws CallFailure {
    boolean shared = isShared(record);
    if (!shared && !record.getCgroupParent().endsWith("/" + record.getId())) {
      return;
    }
    try {
      CgroupLimits limits =
          SandboxLimits.of(record.getConfig().getLinux(), host.mode() == CgroupMode.V2);
      if (limits.equals(CgroupLimits.NONE)) {
        return;
      }
      if (shared) {
        throw CallFailure.precondition(
            "linux.resources and linux.overhead of the pod: it shares "
                + record.getCgroupParent()
                + " with others; give it a slice of its own in linux.cgroup_parent, such as"
                + " pods-one.slice, or set cgroup_driver = \"cgroupfs\"");
      }
      Cgroup.of(host, record.getCgroupParent()).apply(limits);
    } catch (LinuxException | IllegalArgumentException e) {
      throw new CallFailure(
          Status.Code.INVALID_ARGUMENT, "linux.resources of the pod: " + e.getMessage(), e);
    }
  }

  /** The cgroup of a sandbox that the containers of the pod share. */
  String ofGuest(PodRecord pod) {
    return pod.getCgroupParent()
        + "/"
        + (systemd ? "gantry-" + pod.getId() + ".scope" : pod.getId());
  }

  /**
   * Makes the cgroup of the pod's init, after its record names it. With the systemd driver that is
   * none of the pod's slice, in which only systemd makes cgroups, and not the daemon's either: a
   * service that is restarted must have nothing left in it that outlives it.
   *
   * @param guest whether the init is a sandbox, which with the systemd driver has its own scope
   */
  @Nullable Cgroup makeForInit(Entry<PodRecord> pod, boolean guest) throws IOException {
    if (systemd && guest) {
      return null;
    }
    String parent = systemd ? defaultParent : pod.record().getCgroupParent();
    String path = parent + "/" + pod.id();
    if (!pod.record().getCreatedCgroupsList().contains(path)) {
      pod.update(record -> record.toBuilder().addCreatedCgroups(path).build());
    }
    Cgroup cgroup = Cgroup.of(host, path);
    if (cgroup.exists()) {
      cgroup.kill(); // an init that a killed daemon started and could not record
    }
    cgroup.create();
    return cgroup;
  }

  /**
   * Removes what goes with the pod: its own cgroups with what still runs in them, and those around
   * them that are empty. One that is not is another pod's, or somebody else's.
   */
  public void undo(PodRecord record) throws IOException {
    for (String made : record.getCreatedCgroupsList().reversed()) {
      if (made.endsWith("/" + record.getId())) {
        removeOwn(made);
      } else {
        StandingCgroups.removeEmpty(host, made);
      }
    }
  }

  /**
   * Removes the cgroup that a pod of that id has when it names no parent, or its init with the
   * systemd driver, and what runs in it.
   */
  public void undoStray(String podId) throws IOException {
    removeOwn(defaultParent + "/" + podId);
  }

  private void removeOwn(String path) throws IOException {
    Cgroup cgroup = Cgroup.of(host, path);
    cgroup.kill();
    cgroup.delete();
  }
}
