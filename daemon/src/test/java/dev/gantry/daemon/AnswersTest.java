package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.CgroupDriver;
import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerFilter;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStatsFilter;
import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.cri.v1.ContainerStatusRequest;
import dev.gantry.cri.v1.CreateContainerRequest;
import dev.gantry.cri.v1.HugepageLimit;
import dev.gantry.cri.v1.IDMapping;
import dev.gantry.cri.v1.ImageFilter;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.ImageStatusRequest;
import dev.gantry.cri.v1.Int64Value;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.MountPropagation;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxFilter;
import dev.gantry.cri.v1.PodSandboxState;
import dev.gantry.cri.v1.PodSandboxStatsFilter;
import dev.gantry.cri.v1.PodSandboxStatusRequest;
import dev.gantry.cri.v1.PodSandboxStatusResponse;
import dev.gantry.cri.v1.RuntimeConfigRequest;
import dev.gantry.cri.v1.SecurityProfile;
import dev.gantry.cri.v1.SecurityProfile.ProfileType;
import dev.gantry.cri.v1.StatusRequest;
import dev.gantry.cri.v1.StreamContainerStatsRequest;
import dev.gantry.cri.v1.StreamContainersRequest;
import dev.gantry.cri.v1.StreamImagesRequest;
import dev.gantry.cri.v1.StreamPodSandboxStatsRequest;
import dev.gantry.cri.v1.StreamPodSandboxesRequest;
import dev.gantry.cri.v1.SupplementalGroupsPolicy;
import dev.gantry.cri.v1.UpdateContainerResourcesRequest;
import dev.gantry.cri.v1.UserNamespace;
import dev.gantry.cri.v1.VersionRequest;
import dev.gantry.cri.v1.WindowsContainerConfig;
import dev.gantry.cri.v1.WindowsContainerResources;
import dev.gantry.cri.v1.WindowsPodSandboxConfig;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.TestImage;
import io.grpc.Status.Code;
import java.io.IOException;
import java.util.ArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every field of lists and statuses, and what they tell to who wants more. */
class AnswersTest {
  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static Node node;

  @BeforeAll
  static void startNode() {
    node = Node.start();
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  @AfterEach
  void nothingIsLeft() {
    node.removeAllPods();
    assertThat(node.leftovers()).isEmpty();
  }

  private static TestPod pod(String name) {
    TestPod pod = node.pod(name);
    pod.config
        .setMetadata(pod.config.getMetadata().toBuilder().setAttempt(3))
        .putLabels("app", "web")
        .putAnnotations("note", "kept");
    return pod;
  }

  @Test
  void theLineOfAPodHasAllItsFields() {
    TestPod pod = pod("line");
    pod.handler = "crun";
    pod.run();
    PodSandbox line = line(pod);
    assertThat(line.getId()).isEqualTo(pod.id);
    assertThat(line.getMetadata()).isEqualTo(pod.config.getMetadata());
    assertThat(line.getMetadata().getName()).isEqualTo("line");
    assertThat(line.getMetadata().getNamespace()).isEqualTo("tests");
    assertThat(line.getMetadata().getUid()).isEqualTo("uid-line");
    assertThat(line.getMetadata().getAttempt()).isEqualTo(3);
    assertThat(line.getState()).isEqualTo(PodSandboxState.SANDBOX_READY);
    assertThat(line.getCreatedAt()).isEqualTo(pod.status().getCreatedAt()).isPositive();
    assertThat(line.getLabelsMap()).containsEntry("app", "web");
    assertThat(line.getAnnotationsMap()).containsEntry("note", "kept");
    assertThat(line.getRuntimeHandler()).isEqualTo("crun");
    pod.stop();
    assertThat(pod.status().getState()).isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
    assertThat(line(pod).getState()).isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
  }

  private static PodSandbox line(TestPod pod) {
    return node.runtime()
        .listPodSandbox(
            ListPodSandboxRequest.newBuilder()
                .setFilter(PodSandboxFilter.newBuilder().setId(pod.id))
                .build())
        .getItems(0);
  }

  @Test
  void theStatusOfAPodHasAllItsFields() {
    TestPod pod = pod("status").run();
    TestContainer main = pod.startSleeper("main");
    var request = PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod.id);
    PodSandboxStatusResponse plain = node.runtime().podSandboxStatus(request.build());
    PodSandboxStatusResponse verbose =
        node.runtime().podSandboxStatus(request.setVerbose(true).build());

    assertThat(plain.getInfoMap()).isEmpty();
    assertThat(verbose.getInfoOrThrow("info"))
        .contains("networkNamespace", "cgroupParent", "handler");
    assertThat(verbose.getTimestamp()).isGreaterThanOrEqualTo(plain.getTimestamp());
    assertThat(plain.getTimestamp()).isPositive();
    var status = verbose.getStatus();
    assertThat(status).isEqualTo(plain.getStatus());
    assertThat(status.getId()).isEqualTo(pod.id);
    assertThat(status.getMetadata()).isEqualTo(pod.config.getMetadata());
    assertThat(status.getState()).isEqualTo(PodSandboxState.SANDBOX_READY);
    assertThat(status.getCreatedAt()).isPositive();
    assertThat(status.getNetwork().getIp()).isNotEmpty();
    assertThat(status.getNetwork().getAdditionalIpsList()).isEmpty();
    assertThat(status.getLinux().getNamespaces().getOptions())
        .isEqualTo(pod.config.getLinux().getSecurityContext().getNamespaceOptions());
    assertThat(status.getLabelsMap()).isEqualTo(pod.config.getLabelsMap());
    assertThat(status.getAnnotationsMap()).isEqualTo(pod.config.getAnnotationsMap());
    assertThat(status.getRuntimeHandler()).isEmpty();
    assertThat(verbose.getContainersStatusesList())
        .extracting(ContainerStatus::getId)
        .containsExactly(main.id);
  }

  /** A kubelet with EventedPLEG takes the first of a name for the current one. */
  @Test
  void theNewestContainerOfAPodIsToldFirst() {
    TestPod pod = node.pod("attempts").hostNetwork().run();
    var ids = new ArrayList<String>();
    for (int attempt = 0; attempt < 6; attempt++) {
      var config = pod.container("main", "sleep", "1000");
      config.setMetadata(config.getMetadata().toBuilder().setAttempt(attempt));
      ids.addFirst(pod.create(config).id);
    }
    var request = PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod.id).build();
    assertThat(node.runtime().podSandboxStatus(request).getContainersStatusesList())
        .extracting(ContainerStatus::getId)
        .containsExactlyElementsOf(ids);
  }

  @Test
  void theLineOfAContainerHasAllItsFields() {
    TestPod pod = node.pod("lines").hostNetwork().run();
    var config =
        pod.container("main", "sleep", "1000").putLabels("app", "web").putAnnotations("n", "k");
    config.setMetadata(config.getMetadata().toBuilder().setAttempt(7));
    TestContainer main = pod.create(config);
    Container created = line(main);
    main.start();
    Container line = line(main);
    assertThat(created.getState()).isEqualTo(ContainerState.CONTAINER_CREATED);
    assertThat(line.getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
    assertThat(line.getId()).isEqualTo(main.id);
    assertThat(line.getPodSandboxId()).isEqualTo(pod.id);
    assertThat(line.getMetadata().getName()).isEqualTo("main");
    assertThat(line.getMetadata().getAttempt()).isEqualTo(7);
    assertThat(line.getImage().getImage()).isEqualTo(Node.BUSYBOX);
    assertThat(line.getImageRef()).startsWith("sha256:");
    assertThat(line.getImageId()).isEqualTo(main.status().getImageId()).startsWith("sha256:");
    assertThat(line.getCreatedAt()).isEqualTo(main.status().getCreatedAt()).isPositive();
    assertThat(line.getLabelsMap()).containsEntry("app", "web");
    assertThat(line.getAnnotationsMap()).containsEntry("n", "k");
  }

  private static Container line(TestContainer container) {
    return node.runtime()
        .listContainers(
            ListContainersRequest.newBuilder()
                .setFilter(ContainerFilter.newBuilder().setId(container.id))
                .build())
        .getContainers(0);
  }

  @Test
  void theStatusOfAContainerTellsItsEnd() {
    TestPod pod = node.pod("ends").hostNetwork().run();
    TestContainer missing = pod.start(pod.shell("main", "exit 4"));
    ContainerStatus status = missing.ended();
    assertThat(status.getId()).isEqualTo(missing.id);
    assertThat(status.getExitCode()).isEqualTo(4);
    assertThat(status.getReason()).isEqualTo("Error");
    assertThat(status.getStartedAt()).isGreaterThanOrEqualTo(status.getCreatedAt());
    assertThat(status.getFinishedAt()).isGreaterThanOrEqualTo(status.getStartedAt());
    assertThat(status.getResources().hasWindows()).isFalse();
    var request = ContainerStatusRequest.newBuilder().setContainerId(missing.id);
    assertThat(node.runtime().containerStatus(request.build()).getInfoMap()).isEmpty();
    assertThat(missing.info()).contains("\"pid\":", "\"runtimeSpec\":", "\"rootfs\":");
  }

  /** Whoever asks for the state of a pod or a container learns what it was made with. */
  @Test
  void whatWasAskedForIsTold() {
    var ids = IDMapping.newBuilder().setHostId(300_000).setLength(65_536).build();
    TestPod pod = pod("told");
    Edit.namespaces(
        pod.config,
        namespaces ->
            namespaces
                .setPid(NamespaceMode.CONTAINER)
                .setUsernsOptions(UserNamespace.newBuilder().addUids(ids).addGids(ids)));
    assertThat(namespaces(pod.run())).isEqualTo(namespacesAskedFor(pod));
    TestPod nodes = pod("nodes").hostNetwork();
    Edit.namespaces(
        nodes.config,
        namespaces ->
            namespaces
                .setIpc(NamespaceMode.NODE)
                .setTargetId("of no meaning for a pod")
                .setUsernsOptions(UserNamespace.newBuilder().setMode(NamespaceMode.NODE)));
    assertThat(namespaces(nodes.run())).isEqualTo(namespacesAskedFor(nodes));

    var shown =
        Mount.newBuilder()
            .setContainerPath("/shown")
            .setHostPath(node.dirs.dir("shown").toString())
            .setReadonly(true)
            .setRecursiveReadOnly(true)
            .setSelinuxRelabel(true)
            .addUidMappings(ids)
            .addGidMappings(ids);
    var plain =
        Mount.newBuilder()
            .setContainerPath("/plain")
            .setHostPath(node.dirs.dir("plain").toString())
            .addMountOptions("noexec");
    var image =
        Mount.newBuilder()
            .setContainerPath("/image")
            .setImage(ImageSpec.newBuilder().setImage(Node.BUSYBOX))
            .setImageSubPath("bin")
            .setPropagation(MountPropagation.PROPAGATION_HOST_TO_CONTAINER)
            .setReadonly(true);
    var config =
        pod.sleeper(shown, plain, image)
            .setImage(
                ImageSpec.newBuilder()
                    .setImage(Node.BUSYBOX)
                    .setUserSpecifiedImage(Node.BUSYBOX)
                    .putAnnotations("note", "kept"));
    Edit.resources(
        config,
        resources ->
            resources
                .setCpuPeriod(80_000)
                .setCpuQuota(40_000)
                .setCpuShares(512)
                .setCpusetCpus("0")
                .setCpusetMems("0")
                .setMemoryLimitInBytes(64 << 20)
                .setMemorySwapLimitInBytes(96 << 20)
                .setOomScoreAdj(321)
                .addHugepageLimits(
                    HugepageLimit.newBuilder().setPageSize("2MB").setLimit(4 << 20)));
    ContainerStatus told = pod.start(config).status();

    assertThat(told.getMetadata()).isEqualTo(config.getMetadata());
    assertThat(told.getImage()).isEqualTo(config.getImage());
    assertThat(told.getResources().getLinux()).isEqualTo(config.getLinux().getResources());
    assertThat(told.getMounts(0)).isEqualTo(shown.build());
    assertThat(told.getMounts(1)).isEqualTo(plain.build());
    assertThat(told.getMounts(2).getImage().getImageRef()).contains("sha256:");
    assertThat(
            told.getMounts(2).toBuilder()
                .setImage(told.getMounts(2).getImage().toBuilder().clearImageRef())
                .build())
        .isEqualTo(image.build());
  }

  private static NamespaceOption namespaces(TestPod pod) {
    return pod.status().getLinux().getNamespaces().getOptions();
  }

  private static NamespaceOption namespacesAskedFor(TestPod pod) {
    return pod.config.getLinux().getSecurityContext().getNamespaceOptions();
  }

  @Test
  void whoWantsMoreOfAnImageOrTheNodeGetsIt() {
    var request =
        ImageStatusRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(Node.BUSYBOX));
    assertThat(node.images().imageStatus(request.build()).getInfoMap()).isEmpty();
    var verbose = node.images().imageStatus(request.setVerbose(true).build());
    assertThat(verbose.getInfoOrThrow("info")).contains("imageSpec", "layers", "pulledAt");
    assertThat(verbose.getImage().getSpec().getImage()).isEqualTo(verbose.getImage().getId());
    assertThat(verbose.getImage().getPinned()).isFalse();

    var plain = node.runtime().status(StatusRequest.getDefaultInstance());
    assertThat(plain.getInfoMap()).isEmpty();
    var status = node.runtime().status(StatusRequest.newBuilder().setVerbose(true).build());
    assertThat(status.getInfoOrThrow("config")).contains("defaultHandler", "podCidrs");
    assertThat(status.getFeatures().getSupplementalGroupsPolicy()).isTrue();
  }

  @Test
  void theUserOfAnImageIsToldAsItIsWritten() throws IOException {
    node.importImage("test.example/named:1", TestImage.busyboxBuilder().user("www-data").build());
    var named =
        node.images()
            .imageStatus(
                ImageStatusRequest.newBuilder()
                    .setImage(ImageSpec.newBuilder().setImage("test.example/named:1"))
                    .build())
            .getImage();
    assertThat(named.getUsername()).isEqualTo("www-data");
    assertThat(named.hasUid()).isFalse();
  }

  /** What only informs: an image is the same for every handler and with every annotation. */
  @Test
  @SuppressWarnings("deprecation") // the seccomp field of old kubelets is one of them
  void whatOnlyInformsChangesNothing() {
    var spec =
        ImageSpec.newBuilder()
            .setImage(Node.BUSYBOX)
            .putAnnotations("any", "thing")
            .setRuntimeHandler("other")
            .setImageRef("whatever");
    var asked = node.images().imageStatus(ImageStatusRequest.newBuilder().setImage(spec).build());
    assertThat(asked.getImage().getRepoTagsList()).contains(Node.BUSYBOX);
    TestPod pod = node.pod("informs").hostNetwork();
    Edit.security(
        pod.config,
        security ->
            security
                .setReadonlyRootfs(true)
                .setRunAsUser(Int64Value.newBuilder().setValue(4711))
                .setRunAsGroup(Int64Value.newBuilder().setValue(4711))
                .addSupplementalGroups(4712)
                .setSupplementalGroupsPolicy(SupplementalGroupsPolicy.Strict)
                .setSeccomp(SecurityProfile.newBuilder().setProfileType(ProfileType.RuntimeDefault))
                .setSeccompProfilePath("runtime/default")
                .setApparmor(
                    SecurityProfile.newBuilder()
                        .setProfileType(ProfileType.Localhost)
                        .setLocalhostRef("not-loaded")));
    pod.run();
    TestContainer main = pod.start(pod.container("main", "sleep", "1000").setImage(spec));
    assertThat(main.sh("id -u; id -G")).isEqualTo("0\n0");
    assertThat(main.sh("grep Seccomp: /proc/1/status")).endsWith("0");
    main.sh("touch /written");
    node.runtime()
        .updateContainerResources(
            UpdateContainerResourcesRequest.newBuilder()
                .setContainerId(main.id)
                .putAnnotations("any", "thing")
                .build());
    assertThat(main.status().getAnnotationsMap()).doesNotContainKey("any");
  }

  @Test
  void streamsAreFilteredAsListsAre() {
    TestPod pod = pod("wanted").hostNetwork().run();
    TestContainer main = pod.start(pod.container("m", "sleep", "1000").putLabels("k", "v"));
    node.pod("other").hostNetwork().run().startSleeper("m");
    var runtime = node.runtime();
    var pods =
        runtime.streamPodSandboxes(
            StreamPodSandboxesRequest.newBuilder()
                .setFilter(PodSandboxFilter.newBuilder().putLabelSelector("app", "web"))
                .build());
    assertThat(pods.next().getPodSandboxesList())
        .extracting(PodSandbox::getId)
        .containsExactly(pod.id);
    var containers =
        runtime.streamContainers(
            StreamContainersRequest.newBuilder()
                .setFilter(ContainerFilter.newBuilder().putLabelSelector("k", "v"))
                .build());
    assertThat(containers.next().getContainersList())
        .extracting(Container::getId)
        .containsExactly(main.id);
    var stats =
        runtime.streamContainerStats(
            StreamContainerStatsRequest.newBuilder()
                .setFilter(ContainerStatsFilter.newBuilder().putLabelSelector("k", "v"))
                .build());
    assertThat(stats.next().getContainerStatsList())
        .extracting(one -> one.getAttributes().getId())
        .containsExactly(main.id);
    var podStats =
        runtime.streamPodSandboxStats(
            StreamPodSandboxStatsRequest.newBuilder()
                .setFilter(PodSandboxStatsFilter.newBuilder().setId(pod.id))
                .build());
    assertThat(podStats.next().getPodSandboxStatsList())
        .extracting(one -> one.getAttributes().getId())
        .containsExactly(pod.id);
    assertThat(
            node.images()
                .streamImages(
                    StreamImagesRequest.newBuilder()
                        .setFilter(
                            ImageFilter.newBuilder()
                                .setImage(ImageSpec.newBuilder().setImage("no.such/image:1")))
                        .build())
                .hasNext())
        .isFalse();
    assertThat(pods.hasNext() || containers.hasNext() || stats.hasNext() || podStats.hasNext())
        .isFalse();
  }

  @Test
  void theVersionIsNotChecked() {
    var answer = node.runtime().version(VersionRequest.newBuilder().setVersion("9.9").build());
    assertThat(answer.getRuntimeApiVersion()).isEqualTo("v1");
  }

  @Test
  void theCgroupDriverIsTold() {
    // What the kubelet is told is what containers get: they are where a path leads.
    assertThat(
            node.runtime()
                .runtimeConfig(RuntimeConfigRequest.getDefaultInstance())
                .getLinux()
                .getCgroupDriver())
        .isEqualTo(CgroupDriver.CGROUPFS);
    TestPod pod = node.pod("driver").hostNetwork().run();
    assertThat(pod.startSleeper("main").info())
        .contains("\"cgroupPath\":\"" + node.config.cgroupParent());
  }

  @Test
  void whatIsForWindowsIsRefused() {
    TestPod windows = node.pod("windows").hostNetwork();
    windows.config.setWindows(WindowsPodSandboxConfig.getDefaultInstance());
    assertFails(windows::run, Code.INVALID_ARGUMENT, "windows: this node runs");
    TestPod pod = node.pod("linux").hostNetwork().run();
    assertFails(
        () ->
            pod.create(
                pod.shell("main", "true").setWindows(WindowsContainerConfig.getDefaultInstance())),
        Code.INVALID_ARGUMENT,
        "windows: this node runs");
    TestContainer main = pod.startSleeper("main");
    assertFails(
        () ->
            node.runtime()
                .updateContainerResources(
                    UpdateContainerResourcesRequest.newBuilder()
                        .setContainerId(main.id)
                        .setWindows(WindowsContainerResources.getDefaultInstance())
                        .build()),
        Code.INVALID_ARGUMENT,
        "windows: this node runs");
  }

  /** The CRI passes it once more for reference; the pod's own is on record. */
  @Test
  void thePodsConfigurationIsTakenFromThePodWhateverTheContainersRequestSays() {
    TestPod pod = node.pod("reference").hostNetwork().run();
    String id =
        node.runtime()
            .createContainer(
                CreateContainerRequest.newBuilder()
                    .setPodSandboxId(pod.id)
                    .setConfig(pod.shell("main", "true"))
                    .setSandboxConfig(
                        PodSandboxConfig.newBuilder().setLogDirectory("/no/such/directory"))
                    .build())
            .getContainerId();
    var created = new TestContainer(pod, id, pod.shell("main", "true").build());
    assertThat(created.status().getLogPath()).startsWith(pod.logDirectory().toString());
  }
}
