package dev.gantry.daemon.container;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.ContainerStage;
import dev.gantry.daemon.pod.SandboxPaths;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.linux.namespace.NamespaceType;
import dev.gantry.oci.runtime.Namespace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Which namespaces a container joins and which are made for it. */
final class ContainerNamespaces {
  private ContainerNamespaces() {}

  /**
   * The namespaces.
   *
   * @throws CallFailure when the target of a shared PID namespace does not run
   */
  static List<Namespace> of(
      String podId,
      ContainerOptions options,
      SandboxPaths pod,
      boolean cgroup2,
      RecordStore<ContainerRecord> containers)
      throws CallFailure {
    var namespaces = new ArrayList<Namespace>();
    if (options.pod().ids() != null) {
      namespaces.add(join(Namespace.USER, pod, NamespaceType.USER));
    }
    namespaces.add(Namespace.fresh(Namespace.MOUNT));
    // A privileged container sees the node's cgroups, as with containerd and CRI-O; see MountSpec.
    if (cgroup2 && !options.privileged()) {
      namespaces.add(Namespace.fresh(Namespace.CGROUP));
    }
    if (!options.pod().hostNetwork()) {
      namespaces.add(join(Namespace.NETWORK, pod, NamespaceType.NETWORK));
      namespaces.add(join(Namespace.UTS, pod, NamespaceType.UTS));
    }
    if (!options.pod().hostIpc()) {
      namespaces.add(join(Namespace.IPC, pod, NamespaceType.IPC));
    }
    switch (options.pidMode()) {
      case CONTAINER -> namespaces.add(Namespace.fresh(Namespace.PID));
      case POD -> namespaces.add(join(Namespace.PID, pod, NamespaceType.PID));
      case TARGET -> namespaces.add(target(podId, options, containers));
      case NODE -> {}
      case UNRECOGNIZED -> throw new IllegalStateException("checked in ContainerOptions");
    }
    return namespaces;
  }

  /**
   * Those of a container in its pod's sandbox: the sandbox has one of each kind for all but mounts
   * and processes. A PID namespace is only named here, and shared by those that name the same.
   */
  static List<Namespace> ofGuest(
      String podId,
      String id,
      ContainerOptions options,
      SandboxPaths pod,
      RecordStore<ContainerRecord> containers)
      throws CallFailure {
    Path pids = pod.pin(NamespaceType.PID);
    Path own = pids.resolveSibling("pid-" + id);
    Path name =
        switch (options.pidMode()) {
          case CONTAINER -> own;
          case TARGET ->
              pids.resolveSibling("pid-" + runningTarget(podId, options, containers).getId());
          case POD, NODE, UNRECOGNIZED -> pids;
        };
    return List.of(Namespace.fresh(Namespace.MOUNT), new Namespace(Namespace.PID, name.toString()));
  }

  private static Namespace join(String type, SandboxPaths pod, NamespaceType pinned) {
    return new Namespace(type, pod.pin(pinned).toString());
  }

  private static Namespace target(
      String podId, ContainerOptions options, RecordStore<ContainerRecord> containers)
      throws CallFailure {
    ContainerRecord target = runningTarget(podId, options, containers);
    return new Namespace(Namespace.PID, "/proc/" + target.getInitPid() + "/ns/pid");
  }

  private static ContainerRecord runningTarget(
      String podId, ContainerOptions options, RecordStore<ContainerRecord> containers)
      throws CallFailure {
    String id = options.security().getNamespaceOptions().getTargetId();
    ContainerRecord target = containers.get(id).record();
    if (!target.getPodId().equals(podId)) {
      throw CallFailure.invalid(
          "namespace_options.target_id: container " + id + " is of another pod");
    }
    if (target.getStage() != ContainerStage.CONTAINER_STAGE_RUNNING) {
      throw CallFailure.precondition(
          "namespace_options.target_id: container " + id + " does not run");
    }
    return target;
  }
}
