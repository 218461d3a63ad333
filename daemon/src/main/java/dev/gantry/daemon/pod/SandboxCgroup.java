package dev.gantry.daemon.pod;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
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

  /** The cgroup, or with the systemd driver the slice, for a pod of that id and configuration. */
  public String parentOf(String podId, SandboxOptions options) {
    String asked = options.config().getLinux().getCgroupParent();
    if (!asked.isEmpty()) {
      return asked;
    }
    return systemd ? "system.slice" : defaultParent + "/" + podId;
  }

  /** The cgroups that {@link #make} will make for {@code parent}, the outermost first. */
  public List<String> missing(String parent) {
    var missing = new ArrayList<String>();
    if (!systemd) {
      String path = parent;
      while (path.length() > 1 && !Cgroup.of(host, path).exists()) {
        missing.addFirst(path);
        path = path.substring(0, Math.max(1, path.lastIndexOf('/')));
      }
    }
    return missing;
  }

  /**
   * Makes the cgroup in every hierarchy; with the systemd driver the slice is systemd's to make.
   */
  public void make(String parent) throws IOException {
    if (!systemd) {
      Cgroup.of(host, parent).create();
    }
  }

  /**
   * Makes the cgroup of the pod's init, after its record names it; with the systemd driver the init
   * stays in the daemon's.
   */
  @Nullable Cgroup makeForInit(Entry<PodRecord> pod) throws IOException {
    if (systemd) {
      return null;
    }
    String path = pod.record().getCgroupParent() + "/" + pod.id();
    if (!pod.record().getCreatedCgroupsList().contains(path)) {
      pod.update(record -> record.toBuilder().addCreatedCgroups(path).build());
    }
    Cgroup cgroup = Cgroup.of(host, path);
    cgroup.create();
    return cgroup;
  }

  /**
   * Removes what was made for the pod with what still runs in it, or leaves it to another pod that
   * is below it.
   */
  public void undo(PodRecord record) throws IOException {
    for (String made : record.getCreatedCgroupsList().reversed()) {
      Entry<PodRecord> heir = otherBelow(made, record.getId());
      if (heir == null) {
        Cgroup cgroup = Cgroup.of(host, made);
        cgroup.kill();
        cgroup.delete();
      } else {
        heir.update(pod -> inherit(pod, made));
      }
    }
  }

  /** Removes the cgroup that a pod of that id has when it names no parent, and what runs in it. */
  public void undoStray(String podId) throws IOException {
    if (!systemd) {
      Cgroup cgroup = Cgroup.of(host, defaultParent + "/" + podId);
      cgroup.kill();
      cgroup.delete();
    }
  }

  private static PodRecord inherit(PodRecord pod, String made) {
    return pod.getCreatedCgroupsList().contains(made)
        ? pod
        : pod.toBuilder()
            .clearCreatedCgroups()
            .addCreatedCgroups(made)
            .addAllCreatedCgroups(pod.getCreatedCgroupsList())
            .build();
  }

  private @Nullable Entry<PodRecord> otherBelow(String made, String podId) {
    for (Entry<PodRecord> other : pods.all()) {
      String parent = other.record().getCgroupParent();
      if (!other.id().equals(podId) && (parent + "/").startsWith(made + "/")) {
        return other;
      }
    }
    return null;
  }
}
