package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.AuthConfig;
import dev.gantry.cri.v1.Capability;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.ContainerStatsRequest;
import dev.gantry.cri.v1.ContainerStatusRequest;
import dev.gantry.cri.v1.CreateContainerRequest;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.Image;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.ImageStatusRequest;
import dev.gantry.cri.v1.Int64Value;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListImagesRequest;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.MountPropagation;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.cri.v1.PodSandboxStatusRequest;
import dev.gantry.cri.v1.PortMapping;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.RemoveImageRequest;
import dev.gantry.cri.v1.ReopenContainerLogRequest;
import dev.gantry.cri.v1.RunPodSandboxRequest;
import dev.gantry.cri.v1.SecurityProfile;
import dev.gantry.cri.v1.StartContainerRequest;
import dev.gantry.cri.v1.StopContainerRequest;
import dev.gantry.linux.mount.Mounts;
import dev.gantry.linux.mount.Propagation;
import dev.gantry.testkit.Answer;
import dev.gantry.testkit.HostileRegistry;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TestImage;
import dev.gantry.testkit.TestLayer;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong is refused with an error that names it, and leaves nothing behind. */
class BadInputTest {
  private static final String UNKNOWN = "00ff".repeat(16);

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static Node node;
  private static HostileRegistry registry;

  @BeforeAll
  static void startNode() {
    node = Node.start();
    registry = HostileRegistry.start();
    Hosts.plain(node, registry.host());
  }

  @AfterAll
  static void stopNode() {
    registry.close();
    node.close();
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    registry.behave();
    int containers =
        node.runtime()
            .listContainers(ListContainersRequest.getDefaultInstance())
            .getContainersCount();
    node.removeAllPods();
    List<String> images =
        node.images().listImages(ListImagesRequest.getDefaultInstance()).getImagesList().stream()
            .map(Image::getId)
            .filter(id -> !id.equals(TestImage.busybox().id()))
            .toList();
    images.forEach(BadInputTest::removeImage);
    assertThat(images).as("images").isEmpty();
    assertThat(containers).as("containers").isZero();
    assertThat(node.leftovers()).isEmpty();
    assertThat(entries(node.config.root().resolve("images/tmp"))).isEmpty();
    assertThat(entries(node.config.root().resolve("images/layers"))).hasSize(1);
  }

  private static List<Path> entries(Path dir) throws IOException {
    if (!Files.isDirectory(dir)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(dir)) {
      return entries.toList();
    }
  }

  private static int podCount() {
    return node.runtime()
        .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
        .getItemsCount();
  }

  @Test
  void unknownIds() {
    assertFails(
        () ->
            node.runtime()
                .podSandboxStatus(
                    PodSandboxStatusRequest.newBuilder().setPodSandboxId(UNKNOWN).build()),
        Code.NOT_FOUND,
        "pod sandbox",
        UNKNOWN);
    assertFails(
        () ->
            node.runtime()
                .containerStatus(
                    ContainerStatusRequest.newBuilder().setContainerId(UNKNOWN).build()),
        Code.NOT_FOUND,
        "container",
        UNKNOWN);
    assertFails(
        () ->
            node.runtime()
                .containerStats(ContainerStatsRequest.newBuilder().setContainerId(UNKNOWN).build()),
        Code.NOT_FOUND,
        UNKNOWN);
    assertFails(
        () ->
            node.runtime()
                .startContainer(StartContainerRequest.newBuilder().setContainerId(UNKNOWN).build()),
        Code.NOT_FOUND,
        UNKNOWN);
    assertFails(
        () ->
            node.runtime()
                .execSync(
                    ExecSyncRequest.newBuilder().setContainerId(UNKNOWN).addCmd("true").build()),
        Code.NOT_FOUND,
        UNKNOWN);
    assertFails(
        () ->
            node.runtime()
                .reopenContainerLog(
                    ReopenContainerLogRequest.newBuilder().setContainerId(UNKNOWN).build()),
        Code.NOT_FOUND,
        UNKNOWN);
    assertFails(
        () ->
            node.runtime()
                .createContainer(
                    CreateContainerRequest.newBuilder()
                        .setPodSandboxId(UNKNOWN)
                        .setConfig(ContainerConfig.getDefaultInstance())
                        .build()),
        Code.NOT_FOUND,
        "pod sandbox",
        UNKNOWN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "../../etc", "xyz", "ABCDEF", "a/b", "\u0000"})
  void idsThatAreNone(String id) {
    assertFails(
        () ->
            node.runtime()
                .containerStatus(ContainerStatusRequest.newBuilder().setContainerId(id).build()),
        id.isEmpty() ? Code.INVALID_ARGUMENT : Code.NOT_FOUND,
        "container");
    if (!id.isEmpty()) {
      node.runtime().stopContainer(StopContainerRequest.newBuilder().setContainerId(id).build());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"../escape", "a/b", "..", ".", "tab\there", "nul\u0000"})
  void namesThatArePaths(String name) {
    TestPod byName = node.pod("x");
    byName.config.setMetadata(metadata().setName(name));
    assertFails(byName::run, Code.INVALID_ARGUMENT, "metadata.name");
    TestPod byNamespace = node.pod("x");
    byNamespace.config.setMetadata(metadata().setNamespace(name));
    assertFails(byNamespace::run, Code.INVALID_ARGUMENT, "metadata.namespace");
    TestPod byUid = node.pod("x");
    byUid.config.setMetadata(metadata().setUid(name));
    assertFails(byUid::run, Code.INVALID_ARGUMENT, "metadata.uid");
    assertThat(podCount()).isZero();
  }

  private static PodSandboxMetadata.Builder metadata() {
    return PodSandboxMetadata.newBuilder().setName("n").setNamespace("tests").setUid("u");
  }

  @Test
  void podConfigurationsThatCannotBe() {
    assertFails(
        () -> node.runtime().runPodSandbox(RunPodSandboxRequest.getDefaultInstance()),
        Code.INVALID_ARGUMENT,
        "metadata");
    TestPod logs = node.pod("logs");
    logs.config.setLogDirectory("/tmp/../etc/logs");
    assertFails(logs::run, Code.INVALID_ARGUMENT, "log_directory", "/tmp/../etc/logs");
    TestPod relative = node.pod("relative");
    relative.config.setLogDirectory("var/log");
    assertFails(relative::run, Code.INVALID_ARGUMENT, "log_directory");
    TestPod host = node.pod("host");
    host.config.setHostname("a/b");
    assertFails(host::run, Code.INVALID_ARGUMENT, "hostname");
    TestPod cgroup = node.pod("cgroup");
    Edit.linux(cgroup.config, linux -> linux.setCgroupParent("/x/../.."));
    assertFails(cgroup::run, Code.INVALID_ARGUMENT, "cgroup_parent");
    TestPod handler = node.pod("handler");
    handler.handler = "no-such-handler";
    assertFails(handler::run, Code.INVALID_ARGUMENT, "no-such-handler");
    TestPod port = node.pod("port");
    port.config.addPortMappings(PortMapping.newBuilder().setContainerPort(80).setHostPort(70000));
    assertFails(port::run, Code.INVALID_ARGUMENT, "70000");
    TestPod ip = node.pod("ip");
    ip.config.addPortMappings(
        PortMapping.newBuilder().setContainerPort(80).setHostPort(1).setHostIp("example.com"));
    assertFails(ip::run, Code.INVALID_ARGUMENT, "host_ip", "example.com");
    TestPod protocol = node.pod("protocol");
    protocol.config.addPortMappings(
        PortMapping.newBuilder().setContainerPort(80).setHostPort(1).setProtocolValue(17));
    assertFails(protocol::run, Code.INVALID_ARGUMENT, "port_mappings: protocol 17");
    assertThat(podCount()).isZero();
  }

  @Test
  void namespacesThatAPodCannotHave() {
    refused(namespaces -> namespaces.setNetwork(NamespaceMode.CONTAINER), "network");
    refused(namespaces -> namespaces.setNetwork(NamespaceMode.TARGET), "network");
    refused(namespaces -> namespaces.setIpc(NamespaceMode.TARGET), "ipc");
    refused(namespaces -> namespaces.setIpcValue(17), "ipc");
    refused(namespaces -> namespaces.setPid(NamespaceMode.TARGET), "pid of a pod");
    refused(namespaces -> namespaces.setPidValue(17), "pid of a pod");
    assertThat(podCount()).isZero();
  }

  private static void refused(Consumer<NamespaceOption.Builder> edit, String part) {
    TestPod pod = node.pod("namespaces");
    Edit.namespaces(pod.config, edit);
    assertFails(pod::run, Code.INVALID_ARGUMENT, "namespace_options", part);
  }

  @Test
  void sysctlsOfTheNode() {
    TestPod node1 = node.pod("sysctl");
    Edit.linux(node1.config, linux -> linux.putSysctls("vm.overcommit_memory", "1"));
    assertFails(node1::run, Code.INVALID_ARGUMENT, "sysctls", "vm.overcommit_memory");
    TestPod path = node.pod("sysctl");
    Edit.linux(path.config, linux -> linux.putSysctls("net/../vm/swappiness", "1"));
    assertFails(path::run, Code.INVALID_ARGUMENT, "net/../vm/swappiness");
    TestPod host = node.pod("sysctl").hostNetwork();
    Edit.linux(host.config, linux -> linux.putSysctls("net.ipv4.ip_forward", "1"));
    assertFails(host::run, Code.INVALID_ARGUMENT, "net.ipv4.ip_forward");
    TestPod unknown = node.pod("sysctl");
    Edit.linux(unknown.config, linux -> linux.putSysctls("net.ipv4.no_such", "1"));
    assertFails(unknown::run, Code.INVALID_ARGUMENT, "no_such");
    assertThat(podCount()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a/UPPER",
        "a//b",
        ":tag",
        "a:b:c",
        "x@sha256:abcd",
        "../a",
        "a b",
        "-x",
        "a@md5:00"
      })
  void imageNamesThatDoNotParse(String name) {
    assertFails(() -> pull(name), Code.INVALID_ARGUMENT, name);
    TestPod pod = node.pod("image").hostNetwork().run();
    assertFails(
        () -> pod.create(pod.shell("c", "true").setImage(image(name))),
        Code.INVALID_ARGUMENT,
        name);
  }

  @Test
  void emptyImageNames() {
    assertFails(() -> pull(""), Code.INVALID_ARGUMENT, "image");
    assertFails(
        () -> node.images().imageStatus(ImageStatusRequest.getDefaultInstance()),
        Code.INVALID_ARGUMENT,
        "image");
  }

  private static ImageSpec image(String name) {
    return ImageSpec.newBuilder().setImage(name).build();
  }

  private static void pull(String name) {
    node.images().pullImage(PullImageRequest.newBuilder().setImage(image(name)).build());
  }

  private static String serve(TestImage image) {
    return registry.serve("app", "1", image);
  }

  private static TestImage withLayer(TarEntry... entries) {
    return TestImage.busyboxBuilder().layer(entries).build();
  }

  @Test
  void aRegistryThatAnswersGarbage() {
    String name = serve(TestImage.busybox());
    registry.on(
        ".*/manifests/.*",
        Answer.body(200, "application/json", "}{".getBytes(StandardCharsets.UTF_8)));
    assertFails(() -> pull(name), Code.UNKNOWN, name);
    registry.on(".*/manifests/.*", Answer.raw("what?\r\n\r\n".getBytes(StandardCharsets.UTF_8)));
    assertFails(() -> pull(name), Code.UNKNOWN, registry.host(), "not HTTP");
    registry.on(".*/manifests/.*", Answer.error(401, "UNAUTHORIZED", "log in"));
    assertFails(() -> pull(name), Code.PERMISSION_DENIED, name, "401");
    registry.on(".*/manifests/.*", Answer.error(404, "MANIFEST_UNKNOWN", "no such"));
    assertFails(() -> pull(name), Code.NOT_FOUND, name, "404");
  }

  @Test
  void credentialsThatTheRegistryDoesNotTake() {
    try (var closed = HostileRegistry.start().requireBasic("me", "right")) {
      Hosts.plain(node, closed.host());
      String name = closed.serve("app", "1", TestImage.busybox());
      assertFails(
          () ->
              node.images()
                  .pullImage(
                      PullImageRequest.newBuilder()
                          .setImage(image(name))
                          .setAuth(AuthConfig.newBuilder().setUsername("me").setPassword("wrong"))
                          .build()),
          Code.PERMISSION_DENIED,
          name);
    }
  }

  @Test
  void aRegistryThatIsNotThere() {
    String host = "127.0.0.1:" + FreePorts.next();
    Hosts.plain(node, host);

    assertFails(() -> pull(host + "/app:1"), Code.UNAVAILABLE, host);
  }

  @Test
  void aWrongDigest() {
    TestImage image = withLayer(TarEntry.file("a", "b"));
    String name = serve(image);
    registry.onLayer(image, 1, Answer.good().corruptAt(20));
    assertFails(() -> pull(name), Code.DATA_LOSS, image.layers().get(1).digest());
    registry.behave();
    registry.on(".*/manifests/sha256:.*", Answer.good().corruptAt(20));
    String byDigest = registry.host() + "/app@" + image.digest();
    assertFails(() -> pull(byDigest), Code.DATA_LOSS, image.digest());
  }

  @Test
  void aTruncatedLayer() {
    TestLayer whole = TestLayer.gzip(List.of(big()));
    byte[] half = Arrays.copyOf(whole.blob(), whole.blob().length / 2);
    String name =
        serve(
            TestImage.builder()
                .layer(TestLayer.of(whole.tar(), half, TestLayer.Compression.GZIP))
                .build());

    assertFails(() -> pull(name), Code.INVALID_ARGUMENT, name);
  }

  @Test
  void aLayerThatNeverComes() {
    TestImage image = withLayer(TarEntry.file("never", "comes"));
    String name = serve(image);
    registry.onLayer(image, 1, Answer.good().truncatedAt(0));

    assertFails(() -> pull(name), Code.UNAVAILABLE, image.layers().get(1).digest());
  }

  private static TarEntry big() {
    var content = new byte[1 << 20];
    new Random(1).nextBytes(content);
    return TarEntry.file("big", 0644, content);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../outside", "/../outside", "a/../../outside"})
  void anEntryThatPointsOutsideItsRoot(String entry) {
    String name = serve(withLayer(TarEntry.file(entry, "x")));

    assertFails(() -> pull(name), Code.INVALID_ARGUMENT, "outside");
    assertThat(node.config.root().resolve("images/outside")).doesNotExist();
  }

  @Test
  void anEntryThatGoesThroughALink() {
    Path outside = node.dirs.dir("outside");
    String name =
        serve(
            withLayer(
                TarEntry.symlink("way", outside.toString()), TarEntry.file("way/escaped", "x")));

    try {
      pull(name);
      assertThat(outside).isEmptyDirectory();
    } finally {
      removeImage(name);
    }
  }

  @Test
  void aPipeAsTheImagesUserFile() throws IOException {
    String name = "test.example/pipe:1";
    TestImage image =
        TestImage.busyboxBuilder()
            .layer(TarEntry.whiteout("etc/passwd"))
            .layer(TarEntry.fifo("etc/passwd", 0644))
            .user("www-data")
            .build();
    node.importImage(name, image);
    try {
      TestPod pod = node.pod("pipe").hostNetwork().run();
      assertFails(
          () -> pod.create(pod.shell("c", "true").setImage(image(name))),
          Code.FAILED_PRECONDITION,
          "/etc/passwd");
    } finally {
      removeImage(name);
    }
  }

  @Test
  void aLinkToTheHostAsTheImagesUserFile() throws IOException {
    Path secret = Files.writeString(node.dirs.path("secret"), "host:x:4711:4711::/:/bin/sh\n");
    String name = "test.example/link:1";
    node.importImage(
        name,
        TestImage.busyboxBuilder()
            .layer(TarEntry.symlink("etc/passwd", secret.toString()))
            .user("host")
            .build());
    try {
      TestPod pod = node.pod("link").hostNetwork().run();
      assertFails(
          () -> pod.create(pod.shell("c", "true").setImage(image(name))),
          Code.INVALID_ARGUMENT,
          "host");
    } finally {
      removeImage(name);
    }
  }

  private static void removeImage(String name) {
    node.images().removeImage(RemoveImageRequest.newBuilder().setImage(image(name)).build());
  }

  @Test
  void containerConfigurationsThatCannotBe() {
    TestPod pod = node.pod("configurations").hostNetwork().run();
    refused(pod, pod.shell("c", "x").clearMetadata(), "metadata");
    refused(
        pod,
        pod.shell("c", "x").setMetadata(ContainerMetadata.newBuilder().setName("../c")),
        "metadata.name",
        "../c");
    refused(pod, pod.shell("c", "x").clearImage(), "image");
    refused(pod, pod.shell("c", "x").setWorkingDir("/a/../../b"), "working_dir");
    refused(pod, pod.shell("c", "x").setWorkingDir("/proc/self/fd/7"), "working_dir", "/proc");
    refused(pod, pod.shell("c", "x").setLogPath("../../escape.log"), "log_path");
    refused(pod, pod.shell("c", "x").addEnvs(TestPod.variable("A=B", "c")), "envs", "A=B");
    refused(
        pod,
        pod.shell("c", "x")
            .addMounts(Mount.newBuilder().setContainerPath("rel").setHostPath("/tmp")),
        "mounts[rel].container_path");
    refused(
        pod,
        pod.shell("c", "x")
            .addMounts(Mount.newBuilder().setContainerPath("/m").setHostPath("/tmp/../etc")),
        "mounts[/m].host_path");
    var privileged = pod.shell("c", "x");
    Edit.security(privileged, security -> security.setPrivileged(true));
    refused(pod, privileged, "privileged");
    var capability = pod.shell("c", "x");
    Edit.security(
        capability,
        security ->
            security.setCapabilities(Capability.newBuilder().addAddCapabilities("NO_SUCH")));
    refused(pod, capability, "capabilities", "NO_SUCH");
    var group = pod.shell("c", "x");
    Edit.security(group, security -> security.setRunAsGroup(Int64Value.newBuilder().setValue(1)));
    refused(pod, group, "run_as_group");
    var user = pod.shell("c", "x");
    Edit.security(user, security -> security.setRunAsUsername("nosuchuser"));
    refused(pod, user, "nosuchuser");
    var seccomp = pod.shell("c", "x");
    Edit.security(
        seccomp,
        security ->
            security.setSeccomp(
                SecurityProfile.newBuilder()
                    .setProfileType(SecurityProfile.ProfileType.Localhost)
                    .setLocalhostRef("/no/such/profile.json")));
    refused(pod, seccomp, "/no/such/profile.json");
  }

  /** A container shares the network and the IPC of its pod, and says so or nothing. */
  @Test
  void namespacesThatAContainerCannotHave() {
    TestPod pod = node.pod("namespaces").hostNetwork().run();
    refused(pod, namespaces -> namespaces.setNetwork(NamespaceMode.CONTAINER), "network");
    refused(pod, namespaces -> namespaces.setIpc(NamespaceMode.NODE), "ipc", "POD");
    refused(pod, namespaces -> namespaces.setIpc(NamespaceMode.TARGET), "ipc");
    refused(pod, namespaces -> namespaces.setPidValue(17), "pid 17");
    refused(pod, namespaces -> namespaces.setPid(NamespaceMode.TARGET), "target_id");
    var groups = pod.shell("c", "x");
    Edit.security(groups, security -> security.setSupplementalGroupsPolicyValue(17));
    refused(pod, groups, "supplemental_groups_policy 17");
    for (long number : new long[] {-1, 0xffff_ffffL}) {
      var group = pod.shell("c", "x");
      Edit.security(group, security -> security.addSupplementalGroups(number));
      refused(pod, group, "supplemental_groups: " + number + " is no group");
    }
  }

  private static void refused(
      TestPod pod, Consumer<NamespaceOption.Builder> edit, String... parts) {
    var container = pod.shell("c", "x");
    Edit.namespaces(container, edit);
    refused(pod, container, parts);
  }

  private static void refused(TestPod pod, ContainerConfig.Builder config, String... parts) {
    assertFails(() -> pod.create(config), Code.INVALID_ARGUMENT, parts);
    assertThat(node.config.state().resolve("containers")).isEmptyDirectory();
  }

  @Test
  void aCommandThatIsNotInTheImage() {
    TestPod pod = node.pod("command").hostNetwork().run();
    refused(pod, pod.container("c", "/no/such/program"), "/no/such/program");
    refused(pod, pod.container("c", "nosuchprogram"), "nosuchprogram");
    refused(pod, pod.container("c", "/etc/passwd"), "/etc/passwd");
  }

  @Test
  void aLogPathThatIsALink() throws IOException {
    TestPod pod = node.pod("logs").hostNetwork().run();
    Path victim = Files.writeString(node.dirs.path("victim"), "untouched");
    Files.createSymbolicLink(pod.logDirectory().resolve("c.log"), victim);

    refused(pod, pod.shell("c", "echo overwritten"), "c.log");

    assertThat(victim).hasContent("untouched");
    Files.createSymbolicLink(pod.logDirectory().resolve("dir"), node.dirs.dir("elsewhere"));
    refused(pod, pod.shell("c", "true").setLogPath("dir/c.log"), "dir");
    assertThat(node.dirs.dir("elsewhere")).isEmptyDirectory();
  }

  @Test
  void aMountWhoseEventsCannotPropagate() throws IOException {
    TestPod pod = node.pod("propagation").hostNetwork().run();
    Path dir = node.dirs.dir("private");
    Mounts.tmpfs(dir, 1 << 20, 0755);
    try {
      Mounts.propagation(dir, Propagation.PRIVATE, false);
      assertFails(
          () ->
              pod.create(
                  pod.shell("c", "true")
                      .addMounts(
                          Mount.newBuilder()
                              .setContainerPath("/m")
                              .setHostPath(dir.toString())
                              .setPropagation(MountPropagation.PROPAGATION_BIDIRECTIONAL))),
          Code.FAILED_PRECONDITION,
          "mounts[/m]",
          "make-shared");
    } finally {
      Mounts.unmount(dir);
    }
  }
}
