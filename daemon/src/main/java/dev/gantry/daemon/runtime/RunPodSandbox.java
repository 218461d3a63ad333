package dev.gantry.daemon.runtime;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.store.PodState;
import dev.gantry.cri.v1.RunPodSandboxRequest;
import dev.gantry.cri.v1.RunPodSandboxResponse;
import dev.gantry.daemon.container.GuestChecks;
import dev.gantry.daemon.container.Handlers;
import dev.gantry.daemon.pod.SandboxOptions;
import dev.gantry.daemon.pod.SandboxPaths;
import dev.gantry.daemon.pod.Sandboxes;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.Ids;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.daemon.work.KernelStep;
import dev.gantry.daemon.work.Operations;
import dev.gantry.daemon.work.Rollback;
import dev.gantry.daemon.work.Stages;
import io.grpc.Status;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Makes a pod and starts it: cgroup, files, namespaces, network, and an init where the containers
 * share a PID namespace. There is no pause process. What fails is undone; a retry joins a call that
 * still runs, and gets the same pod when it has run.
 */
public final class RunPodSandbox implements Rpc<RunPodSandboxRequest, RunPodSandboxResponse> {
  private final RecordStore<PodRecord> pods;
  private final Operations operations;
  private final Handlers handlers;
  private final Sandboxes sandboxes;

  public RunPodSandbox(
      RecordStore<PodRecord> pods, Operations operations, Handlers handlers, Sandboxes sandboxes) {
    this.pods = pods;
    this.operations = operations;
    this.handlers = handlers;
    this.sandboxes = sandboxes;
  }

  @Override
  public RunPodSandboxResponse handle(RunPodSandboxRequest request) throws Exception {
    SandboxOptions options = SandboxOptions.check(request.getConfig());
    String handler = handlers.resolve(request.getRuntimeHandler());
    requireUserNamespaces(options, handler);
    GuestChecks.pod(handlers.get(handler), options);
    String name = SandboxOptions.nameOf(request.getConfig());
    String id =
        operations.run(
            "run pod sandbox " + name,
            request,
            String.class,
            stages -> {
              Optional<Entry<PodRecord>> existing = pods.named(name);
              if (existing.isPresent() && !PodViews.visible(existing.get().record())) {
                stages.enter("removal of what a failed attempt left");
                sandboxes.removeOrRetry(existing.get());
                existing = Optional.empty();
              }
              return existing.isPresent()
                  ? sameAs(existing.get(), request)
                  : run(request, options, handler, stages);
            });
    return RunPodSandboxResponse.newBuilder().setPodSandboxId(id).build();
  }

  private void requireUserNamespaces(SandboxOptions options, String handler) throws CallFailure {
    if (options.ids() != null && !handlers.get(handler).info().features().userNamespaces()) {
      throw CallFailure.precondition(
          "linux.security_context.namespace_options.userns_options: runtime handler "
              + handler
              + " has no user namespaces on this node (Status says so); drop hostUsers: false or"
              + " use another handler");
    }
  }

  private static String sameAs(Entry<PodRecord> existing, RunPodSandboxRequest request)
      throws CallFailure {
    PodRecord pod = existing.record();
    boolean same =
        pod.getConfig().equals(request.getConfig())
            && pod.getConfigHandler().equals(request.getRuntimeHandler());
    if (same && pod.getState() == PodState.POD_STATE_READY) {
      return pod.getId();
    }
    throw new CallFailure(
        Status.Code.ALREADY_EXISTS,
        "run pod sandbox "
            + existing.name()
            + ": pod "
            + pod.getId()
            + " has this name"
            + (same ? " and is stopped" : " and another configuration")
            + "; remove it or raise metadata.attempt");
  }

  private String run(
      RunPodSandboxRequest request, SandboxOptions options, String handler, Stages stages)
      throws Exception {
    stages.enter("record");
    Entry<PodRecord> pod = record(request, options, handler);
    SandboxPaths paths = sandboxes.paths(pod.id());
    try (Rollback rollback = new Rollback("run pod sandbox " + pod.name())) {
      rollback.push("pod", () -> sandboxes.removeOrRetry(pod));
      stages.enter("directory");
      sandboxes.files().makeDirectory(paths);
      stages.enter("cgroup");
      KernelStep.make(
          pod.id(),
          "make the pod's cgroup",
          () -> sandboxes.cgroup().make(pod.record(), sandboxes.hasGuest(pod.record())));
      stages.enter("namespaces");
      sandboxes.namespaces().make(paths, options);
      stages.enter("files");
      KernelStep.make(
          pod.id(), "make the pod's files", () -> sandboxes.files().make(paths, options, handler));
      stages.enter("network (CNI ADD)");
      List<String> ips =
          sandboxes.network().make(pod.id(), paths, options, sandboxes.hasGuest(pod.record()));
      sandboxes.files().writeHosts(paths, options, ips);
      if (sandboxes.needsInit(pod.record())) {
        stages.enter("init");
        sandboxes.startInit(pod);
      }
      stages.enter("ready");
      pod.update(
          record -> record.toBuilder().setState(PodState.POD_STATE_READY).addAllIps(ips).build());
      rollback.commit();
    }
    return pod.id();
  }

  /** Writes down what will be made, before any of it is. */
  private Entry<PodRecord> record(
      RunPodSandboxRequest request, SandboxOptions options, String handler)
      throws IOException, CallFailure {
    String id = Ids.random();
    String parent = sandboxes.cgroup().parentOf(id, options);
    return pods.create(
        id,
        PodRecord.newBuilder()
            .setId(id)
            .setConfig(request.getConfig())
            .setConfigHandler(request.getRuntimeHandler())
            .setRuntimeHandler(handler)
            .setCreatedAt(Clock.now())
            .setCgroupParent(parent)
            .addAllCreatedCgroups(sandboxes.cgroup().missing(parent))
            .build());
  }
}
