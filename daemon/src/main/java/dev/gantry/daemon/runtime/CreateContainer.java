package dev.gantry.daemon.runtime;

import dev.gantry.container.Created;
import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.ContainerStage;
import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.store.PodState;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerUser;
import dev.gantry.cri.v1.CreateContainerRequest;
import dev.gantry.cri.v1.CreateContainerResponse;
import dev.gantry.cri.v1.LinuxContainerUser;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.daemon.container.ContainerFactory;
import dev.gantry.daemon.container.ContainerImages;
import dev.gantry.daemon.container.ContainerOptions;
import dev.gantry.daemon.container.Containers;
import dev.gantry.daemon.container.LogRoom;
import dev.gantry.daemon.pod.SandboxOptions;
import dev.gantry.daemon.pod.Sandboxes;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.daemon.spec.BindMount;
import dev.gantry.daemon.spec.ResolvedUser;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.Ids;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.daemon.work.Operations;
import dev.gantry.daemon.work.Rollback;
import dev.gantry.daemon.work.Stages;
import dev.gantry.image.ImageStore;
import dev.gantry.oci.runtime.RuntimeSpec;
import io.grpc.Status;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Makes a container in a pod up to the point where only its start is left. What fails is undone; a
 * retry joins a call that still runs, and gets the same container when it has run.
 */
public final class CreateContainer implements Rpc<CreateContainerRequest, CreateContainerResponse> {
  private final RecordStore<PodRecord> pods;
  private final RecordStore<ContainerRecord> store;
  private final ImageStore images;
  private final Operations operations;
  private final Containers containers;
  private final Sandboxes sandboxes;
  private final ContainerFactory factory;
  private final LogRoom logRoom;

  public CreateContainer(
      RecordStore<PodRecord> pods,
      RecordStore<ContainerRecord> store,
      ImageStore images,
      Operations operations,
      Containers containers,
      Sandboxes sandboxes,
      ContainerFactory factory,
      LogRoom logRoom) {
    this.pods = pods;
    this.store = store;
    this.images = images;
    this.operations = operations;
    this.containers = containers;
    this.sandboxes = sandboxes;
    this.factory = factory;
    this.logRoom = logRoom;
  }

  @Override
  public CreateContainerResponse handle(CreateContainerRequest request) throws Exception {
    Entry<PodRecord> pod = pods.get(request.getPodSandboxId());
    ContainerOptions options =
        ContainerOptions.check(request.getConfig(), new SandboxOptions(pod.record().getConfig()));
    String name = ContainerOptions.nameOf(pod.id(), request.getConfig());
    String id =
        operations.run(
            "create container " + name,
            request.getConfig(),
            String.class,
            stages -> {
              Optional<Entry<ContainerRecord>> existing = store.named(name);
              if (existing.isPresent() && !ContainerViews.visible(existing.get().record())) {
                stages.enter("removal of what a failed attempt left");
                containers.takeBack(existing.get());
                existing = Optional.empty();
              }
              return existing.isPresent()
                  ? sameAs(existing.get(), request.getConfig())
                  : create(pod, options, stages);
            });
    return CreateContainerResponse.newBuilder().setContainerId(id).build();
  }

  private static String sameAs(Entry<ContainerRecord> existing, ContainerConfig config)
      throws CallFailure {
    ContainerRecord container = existing.record();
    boolean same = container.getConfig().equals(config);
    if (same && container.getStage() == ContainerStage.CONTAINER_STAGE_CREATED) {
      return container.getId();
    }
    throw new CallFailure(
        Status.Code.ALREADY_EXISTS,
        "create container "
            + existing.name()
            + ": container "
            + container.getId()
            + " has this name"
            + (same ? " and was started" : " and another configuration")
            + "; remove it or raise metadata.attempt");
  }

  private String create(Entry<PodRecord> pod, ContainerOptions options, Stages stages)
      throws Exception {
    stages.enter("record");
    ContainerImages used = ContainerImages.find(options, images);
    Entry<ContainerRecord> container = record(pod, options, used);
    String id = container.id();
    try (Rollback rollback = new Rollback("create container " + container.name())) {
      rollback.push("container", () -> containers.takeBack(container));
      requireReady(pod);
      if (options.pidMode() == NamespaceMode.POD) {
        stages.enter("init");
        sandboxes.startInit(pod);
      }
      stages.enter("root file system");
      containers
          .roots()
          .make(
              id,
              images.lowerDirs(used.root()),
              factory.userMapping(pod.record(), options),
              factory.overlayOptions(pod.record(), options));
      stages.enter("user");
      ResolvedUser user = factory.user(id, options, used.root());
      stages.enter("mounts");
      List<BindMount> mounts = factory.mounts(pod.record(), container.record(), options, used);
      stages.enter("configuration");
      RuntimeSpec spec =
          factory.spec(pod.record(), container.record(), options, used.root(), user, mounts);
      stages.enter("OCI runtime create");
      Created created = factory.create(pod.record(), container.record(), options, spec);
      stages.enter("created");
      container.update(record -> created(record, created, user));
      factory.watch(container.record());
      logRoom.admit(container);
      stages.enter("unmount on the node");
      containers.unmountOnNode(container.record());
      requireReady(pod);
      rollback.commit();
    }
    return id;
  }

  /** Writes down what will be made, before any of it is. */
  private Entry<ContainerRecord> record(
      Entry<PodRecord> pod, ContainerOptions options, ContainerImages used)
      throws IOException, CallFailure {
    String id = Ids.random();
    containers.leases().take(id, used.ids());
    boolean recorded = false;
    try {
      Entry<ContainerRecord> container =
          store.create(id, factory.intent(id, pod.record(), options, used, Clock.now()));
      recorded = true;
      return container;
    } finally {
      if (!recorded) {
        containers.leases().release(id);
      }
    }
  }

  /**
   * Looks again, now that the record is there for StopPodSandbox to see: either that sees the
   * container, or this sees that the pod was stopped.
   */
  private static void requireReady(Entry<PodRecord> pod) throws CallFailure {
    if (pod.record().getState() != PodState.POD_STATE_READY) {
      throw CallFailure.precondition("pod sandbox " + pod.id() + " is not ready; run a new one");
    }
  }

  private static ContainerRecord created(
      ContainerRecord record, Created created, ResolvedUser user) {
    return record.toBuilder()
        .setStage(ContainerStage.CONTAINER_STAGE_CREATED)
        .setInitPid(created.init().pid())
        .setInitStartTime(created.init().startTime())
        .setMonitorPid(created.conmon().pid())
        .setMonitorStartTime(created.conmon().startTime())
        .setUser(
            ContainerUser.newBuilder()
                .setLinux(
                    LinuxContainerUser.newBuilder()
                        .setUid(user.uid())
                        .setGid(user.gid())
                        .addAllSupplementalGroups(user.additionalGids())))
        .build();
  }
}
