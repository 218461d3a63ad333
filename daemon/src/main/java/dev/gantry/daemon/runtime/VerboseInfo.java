package dev.gantry.daemon.runtime;

import dev.gantry.container.ContainerRuntime;
import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.ContainerStage;
import dev.gantry.cri.store.PodRecord;
import dev.gantry.daemon.config.DaemonConfig;
import dev.gantry.daemon.container.ContainerRoots;
import dev.gantry.daemon.container.Handlers;
import dev.gantry.daemon.container.LogRoom;
import dev.gantry.daemon.json.JsonText;
import dev.gantry.daemon.pod.Sandboxes;
import dev.gantry.linux.namespace.NamespaceType;
import dev.gantry.network.PodNetworks;
import dev.gantry.oci.OciJson;
import dev.gantry.oci.runtime.RuntimeSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;

/** What a verbose status tells beyond the CRI's fields, as JSON for people and for crictl. */
public final class VerboseInfo {
  private final DaemonConfig config;
  private final Handlers handlers;
  private final ContainerRoots roots;
  private final Sandboxes sandboxes;
  private final PodNetworks networks;
  private final LogRoom logRoom;
  private final UpdateRuntimeConfig updated;

  public VerboseInfo(
      DaemonConfig config,
      Handlers handlers,
      ContainerRoots roots,
      Sandboxes sandboxes,
      PodNetworks networks,
      LogRoom logRoom,
      UpdateRuntimeConfig updated) {
    this.config = config;
    this.handlers = handlers;
    this.roots = roots;
    this.sandboxes = sandboxes;
    this.networks = networks;
    this.logRoom = logRoom;
    this.updated = updated;
  }

  String ofNode() {
    var runtimes = new JsonText();
    for (ContainerRuntime runtime : handlers.working().values()) {
      runtimes.putJson(
          runtime.handler(),
          new JsonText()
              .put("name", runtime.info().name())
              .put("version", runtime.info().version())
              .put("path", runtime.info().binary().toString())
              .toString());
    }
    return new JsonText()
        .put("root", config.root().toString())
        .put("state", config.state().toString())
        .put("defaultHandler", handlers.defaultName())
        .putJson("handlers", runtimes.toString())
        .put("refusedHandlers", handlers.refused())
        .put("cniConfigDirs", config.network().configDirs().stream().map(Path::toString).toList())
        .put("podCidrs", updated.podCidrs())
        .toString();
  }

  String of(PodRecord pod) {
    var namespace = sandboxes.paths(pod.getId()).pin(NamespaceType.NETWORK);
    return new JsonText()
        .put("pid", pod.getInitPid())
        .put("handler", pod.getRuntimeHandler())
        .put("cgroupParent", pod.getCgroupParent())
        .put("networkNamespace", Files.exists(namespace) ? namespace.toString() : "")
        .put("networkDamage", networks.damage().getOrDefault(pod.getId(), ""))
        .toString();
  }

  String of(ContainerRecord container) {
    var text =
        new JsonText()
            .put("pid", container.getInitPid())
            .put("sandboxID", container.getPodId())
            .put("handler", container.getHandler())
            .put("cgroupPath", container.getCgroupPath())
            .put("monitorPid", container.getMonitorPid())
            .put("logWaits", logRoom.waits(container.getId()))
            .put("logBytesLost", logRoom.lost(container.getId()))
            .put("rootfs", visibleRoot(container))
            .put("writableLayer", roots.writableLayer(container.getId()).toString());
    try {
      text.putJson("runtimeSpec", OciJson.toText(readable(roots.spec(container.getId()))));
    } catch (IOException e) {
      // The bundle is gone after a restart of the machine; the answer then has no spec.
      text.put("runtimeSpecError", String.valueOf(e.getMessage()));
    }
    return text.toString();
  }

  /** Where the node sees the container's root file system; empty when nobody does any more. */
  private String visibleRoot(ContainerRecord container) {
    ContainerRuntime runtime = handlers.get(container.getHandler());
    if (!runtime.ownsMounts(roots.refOf(container))) {
      return roots.rootfs(container.getId()).toString();
    }
    return container.getStage() == ContainerStage.CONTAINER_STAGE_EXITED
        ? ""
        : "/proc/" + container.getInitPid() + "/root";
  }

  /** The specification without what only the OCI runtime can read: the compiled seccomp filter. */
  private static RuntimeSpec readable(RuntimeSpec spec) {
    var annotations = new HashMap<>(spec.annotations());
    annotations.remove("run.oci.seccomp_bpf_data");
    return spec.toBuilder().annotations(annotations).build();
  }
}
