package dev.gantry.daemon;

import dev.gantry.cri.gantry.GantryServiceGrpc;
import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.v1.ImageServiceGrpc;
import dev.gantry.cri.v1.RuntimeServiceGrpc;
import dev.gantry.daemon.config.DaemonConfig;
import dev.gantry.daemon.container.ContainerFactory;
import dev.gantry.daemon.container.Containers;
import dev.gantry.daemon.container.Handlers;
import dev.gantry.daemon.container.LogRoom;
import dev.gantry.daemon.event.EventHub;
import dev.gantry.daemon.imageservice.CheckImages;
import dev.gantry.daemon.imageservice.ExportImages;
import dev.gantry.daemon.imageservice.ImageFsInfo;
import dev.gantry.daemon.imageservice.ImageNaming;
import dev.gantry.daemon.imageservice.ImageStatus;
import dev.gantry.daemon.imageservice.ImportImages;
import dev.gantry.daemon.imageservice.ListImages;
import dev.gantry.daemon.imageservice.PruneImages;
import dev.gantry.daemon.imageservice.PullImage;
import dev.gantry.daemon.imageservice.PushImage;
import dev.gantry.daemon.imageservice.RemoveImage;
import dev.gantry.daemon.imageservice.StreamImages;
import dev.gantry.daemon.imageservice.TagImage;
import dev.gantry.daemon.imageservice.UntagImage;
import dev.gantry.daemon.imageservice.WatchPulls;
import dev.gantry.daemon.pod.SandboxEnds;
import dev.gantry.daemon.pod.Sandboxes;
import dev.gantry.daemon.rpc.RpcTable;
import dev.gantry.daemon.runtime.Attach;
import dev.gantry.daemon.runtime.ContainerStats;
import dev.gantry.daemon.runtime.ContainerStatus;
import dev.gantry.daemon.runtime.CreateContainer;
import dev.gantry.daemon.runtime.Exec;
import dev.gantry.daemon.runtime.ExecSync;
import dev.gantry.daemon.runtime.GetContainerEvents;
import dev.gantry.daemon.runtime.ListContainerStats;
import dev.gantry.daemon.runtime.ListContainers;
import dev.gantry.daemon.runtime.ListMetricDescriptors;
import dev.gantry.daemon.runtime.ListPodSandbox;
import dev.gantry.daemon.runtime.ListPodSandboxMetrics;
import dev.gantry.daemon.runtime.ListPodSandboxStats;
import dev.gantry.daemon.runtime.PodSandboxStats;
import dev.gantry.daemon.runtime.PodSandboxStatus;
import dev.gantry.daemon.runtime.PortForward;
import dev.gantry.daemon.runtime.RemoveContainer;
import dev.gantry.daemon.runtime.RemovePodSandbox;
import dev.gantry.daemon.runtime.ReopenContainerLog;
import dev.gantry.daemon.runtime.RunPodSandbox;
import dev.gantry.daemon.runtime.RuntimeConfig;
import dev.gantry.daemon.runtime.StartContainer;
import dev.gantry.daemon.runtime.Status;
import dev.gantry.daemon.runtime.StopContainer;
import dev.gantry.daemon.runtime.StopPodSandbox;
import dev.gantry.daemon.runtime.StreamContainerStats;
import dev.gantry.daemon.runtime.StreamContainers;
import dev.gantry.daemon.runtime.StreamPodSandboxMetrics;
import dev.gantry.daemon.runtime.StreamPodSandboxStats;
import dev.gantry.daemon.runtime.StreamPodSandboxes;
import dev.gantry.daemon.runtime.UpdateContainerResources;
import dev.gantry.daemon.runtime.UpdatePodSandboxResources;
import dev.gantry.daemon.runtime.UpdateRuntimeConfig;
import dev.gantry.daemon.runtime.VerboseInfo;
import dev.gantry.daemon.runtime.Version;
import dev.gantry.daemon.spec.HostFacts;
import dev.gantry.daemon.stats.ContainerStatsReader;
import dev.gantry.daemon.stats.MetricsReader;
import dev.gantry.daemon.stats.PodStatsReader;
import dev.gantry.daemon.stats.WritableLayers;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.daemon.work.Operations;
import dev.gantry.image.ImageChecker;
import dev.gantry.image.ImageExporter;
import dev.gantry.image.ImageImporter;
import dev.gantry.image.ImagePuller;
import dev.gantry.image.ImageStore;
import dev.gantry.image.NodePlatform;
import dev.gantry.image.policy.TrustPolicy;
import dev.gantry.image.push.ImagePusher;
import dev.gantry.image.registry.RegistryClient;
import dev.gantry.network.PodNetworks;
import dev.gantry.streaming.StreamingServer;
import java.util.List;

/** Which class answers which RPC. */
record Services(
    DaemonConfig config,
    HostFacts host,
    RecordStore<PodRecord> pods,
    Containers containers,
    Sandboxes sandboxes,
    ContainerFactory factory,
    Handlers handlers,
    ImageStore images,
    RegistryClient registries,
    ImagePuller puller,
    TrustPolicy policy,
    ImageChecker checker,
    PodNetworks networks,
    Operations operations,
    ContainerStatsReader stats,
    PodStatsReader podStats,
    MetricsReader podMetrics,
    EventHub events,
    WritableLayers layers,
    LogRoom logRoom,
    StreamingServer streaming) {

  List<RpcTable> tables(boolean systemdCgroups) {
    return List.of(runtime(systemdCgroups), image(), gantry());
  }

  private RpcTable runtime(boolean systemdCgroups) {
    RecordStore<ContainerRecord> store = containers.store();
    var ends = new SandboxEnds(pods, operations, containers, sandboxes);
    var updated = new UpdateRuntimeConfig(networks);
    var info =
        new VerboseInfo(
            config, handlers, containers.roots(), sandboxes, networks, logRoom, updated);
    var listPods = new ListPodSandbox(pods);
    var listContainers = new ListContainers(store);
    var listStats = new ListContainerStats(store, stats);
    var listPodStats = new ListPodSandboxStats(pods, podStats);
    var listMetrics = new ListPodSandboxMetrics(pods, podMetrics);
    return new RpcTable(
            RuntimeServiceGrpc.getServiceDescriptor(), "runtime.v1alpha2.RuntimeService")
            .put(RuntimeServiceGrpc.getVersionMethod(), new Version())
            .put(RuntimeServiceGrpc.getStatusMethod(), new Status(handlers, networks, info))
            .put(RuntimeServiceGrpc.getRuntimeConfigMethod(), new RuntimeConfig(systemdCgroups))
            .put(RuntimeServiceGrpc.getUpdateRuntimeConfigMethod(), updated)
            .put(
                RuntimeServiceGrpc.getRunPodSandboxMethod(),
                new RunPodSandbox(pods, operations, handlers, sandboxes))
            .put(RuntimeServiceGrpc.getStopPodSandboxMethod(), new StopPodSandbox(ends))
            .put(RuntimeServiceGrpc.getRemovePodSandboxMethod(), new RemovePodSandbox(ends))
            .put(
                RuntimeServiceGrpc.getPodSandboxStatusMethod(),
                new PodSandboxStatus(pods, store, info))
            .list(RuntimeServiceGrpc.getListPodSandboxMethod(), listPods)
            .stream(
                RuntimeServiceGrpc.getStreamPodSandboxesMethod(), new StreamPodSandboxes(listPods))
            .put(
                RuntimeServiceGrpc.getCreateContainerMethod(),
                new CreateContainer(
                    pods, store, images, operations, containers, sandboxes, factory, logRoom))
            .put(
                RuntimeServiceGrpc.getStartContainerMethod(),
                new StartContainer(store, operations, handlers, containers))
            .put(
                RuntimeServiceGrpc.getStopContainerMethod(),
                new StopContainer(store, operations, containers))
            .put(
                RuntimeServiceGrpc.getUpdateContainerResourcesMethod(),
                new UpdateContainerResources(store, operations, handlers, containers, host))
            .put(
                RuntimeServiceGrpc.getUpdatePodSandboxResourcesMethod(),
                new UpdatePodSandboxResources(pods, operations, sandboxes))
            .put(
                RuntimeServiceGrpc.getRemoveContainerMethod(),
                new RemoveContainer(store, containers))
            .list(RuntimeServiceGrpc.getListContainersMethod(), listContainers)
            .stream(
                RuntimeServiceGrpc.getStreamContainersMethod(),
                new StreamContainers(listContainers))
            .put(RuntimeServiceGrpc.getContainerStatusMethod(), new ContainerStatus(store, info))
            .put(RuntimeServiceGrpc.getContainerStatsMethod(), new ContainerStats(store, stats))
            .put(RuntimeServiceGrpc.getListContainerStatsMethod(), listStats)
            .stream(
                RuntimeServiceGrpc.getStreamContainerStatsMethod(),
                new StreamContainerStats(listStats))
            .put(RuntimeServiceGrpc.getPodSandboxStatsMethod(), new PodSandboxStats(pods, podStats))
            .put(RuntimeServiceGrpc.getListPodSandboxStatsMethod(), listPodStats)
            .stream(
                RuntimeServiceGrpc.getStreamPodSandboxStatsMethod(),
                new StreamPodSandboxStats(listPodStats))
            .put(RuntimeServiceGrpc.getListMetricDescriptorsMethod(), new ListMetricDescriptors())
            .put(RuntimeServiceGrpc.getListPodSandboxMetricsMethod(), listMetrics)
            .stream(
                RuntimeServiceGrpc.getStreamPodSandboxMetricsMethod(),
                new StreamPodSandboxMetrics(listMetrics))
            .stream(
                RuntimeServiceGrpc.getGetContainerEventsMethod(), new GetContainerEvents(events))
            .put(
                RuntimeServiceGrpc.getReopenContainerLogMethod(),
                new ReopenContainerLog(store, operations, handlers, containers, logRoom))
            .put(RuntimeServiceGrpc.getExecSyncMethod(), new ExecSync(store, handlers, containers))
            .put(RuntimeServiceGrpc.getExecMethod(), new Exec(store, streaming))
            .put(RuntimeServiceGrpc.getAttachMethod(), new Attach(store, streaming))
            .put(RuntimeServiceGrpc.getPortForwardMethod(), new PortForward(pods, streaming));
  }

  private RpcTable image() {
    var names = new ImageNaming(images, puller.shortNames());
    var listImages = new ListImages(images, names);
    return new RpcTable(ImageServiceGrpc.getServiceDescriptor(), "runtime.v1alpha2.ImageService")
        .put(ImageServiceGrpc.getListImagesMethod(), listImages).stream(
                ImageServiceGrpc.getStreamImagesMethod(), new StreamImages(listImages))
            .put(ImageServiceGrpc.getImageStatusMethod(), new ImageStatus(names))
            .put(ImageServiceGrpc.getPullImageMethod(), new PullImage(puller))
            .put(ImageServiceGrpc.getRemoveImageMethod(), new RemoveImage(images, names))
            .put(
                ImageServiceGrpc.getImageFsInfoMethod(),
                new ImageFsInfo(
                    images,
                    layers,
                    config.image().directory(),
                    config.root().resolve("containers")));
  }

  private RpcTable gantry() {
    var names = new ImageNaming(images, puller.shortNames());
    return new RpcTable(GantryServiceGrpc.getServiceDescriptor())
        .stream(GantryServiceGrpc.getWatchPullsMethod(), new WatchPulls(puller, names))
            .upload(
                GantryServiceGrpc.getImportImagesMethod(),
                new ImportImages(new ImageImporter(images, NodePlatform.detect(), policy)))
            .stream(
                GantryServiceGrpc.getExportImagesMethod(),
                new ExportImages(names, new ImageExporter(images)))
            .stream(
                GantryServiceGrpc.getPushImageMethod(),
                new PushImage(names, new ImagePusher(images, registries)))
            .put(GantryServiceGrpc.getTagImageMethod(), new TagImage(images, names))
            .put(GantryServiceGrpc.getUntagImageMethod(), new UntagImage(images, names))
            .stream(GantryServiceGrpc.getCheckImagesMethod(), new CheckImages(checker))
            .put(GantryServiceGrpc.getPruneImagesMethod(), new PruneImages(images));
  }
}
