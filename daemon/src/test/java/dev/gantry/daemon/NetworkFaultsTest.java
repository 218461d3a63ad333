package dev.gantry.daemon;

import static dev.gantry.cri.v1.PodSandboxState.SANDBOX_NOTREADY;
import static dev.gantry.daemon.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.store.PodState;
import dev.gantry.cri.v1.DNSConfig;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListImagesRequest;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.NetworkConfig;
import dev.gantry.cri.v1.PodIP;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.RuntimeCondition;
import dev.gantry.cri.v1.RuntimeConfig;
import dev.gantry.cri.v1.StatusRequest;
import dev.gantry.cri.v1.UpdateRuntimeConfigRequest;
import dev.gantry.cri.v1.VersionRequest;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.linux.Boot;
import dev.gantry.linux.mount.MountTable;
import dev.gantry.testkit.FakeCni;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.TestDirs;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** CNI configurations that come late, plug-ins that fail or hang, and what the daemon does then. */
class NetworkFaultsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static final TestDirs DIRS = new TestDirs();
  private static Node node;

  private FakeCni plugin;

  @BeforeAll
  static void startNode() throws IOException {
    Path template =
        Files.writeString(
            DIRS.path("template"),
            """
            {"cniVersion": "1.0.0", "name": "cidrs",
             "plugins": [{"type": "fake", "subnet": "{{.PodCIDR}}"}]}
            """);
    String settings = "plugin_timeout = \"6s\"\nconf_template = \"" + template + "\"\n";
    node = Node.options().cni(settings).start(DIRS);
  }

  @AfterAll
  static void stopNode() {
    node.close();
    DIRS.close();
  }

  @BeforeEach
  void installPlugin() {
    plugin = FakeCni.install(node.plugins(), "fake");
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    plugin.succeed("DEL").succeed("CHECK");
    node.removeAllPods();
    assertThat(node.leftovers()).isEmpty();
    Files.deleteIfExists(node.cniConfigs().resolve("10-fake.conflist"));
    Files.deleteIfExists(madeOfTheTemplate());
    await().atMost(PATIENCE).until(() -> !network().getStatus());
  }

  private void configure() {
    FakeCni.configure(node.cniConfigs(), "10-fake.conflist", "fakenet", plugin);
    await().atMost(PATIENCE).until(() -> network().getStatus());
  }

  private static RuntimeCondition network() {
    return condition("NetworkReady");
  }

  private static RuntimeCondition condition(String type) {
    return node
        .runtime()
        .status(StatusRequest.getDefaultInstance())
        .getStatus()
        .getConditionsList()
        .stream()
        .filter(condition -> condition.getType().equals(type))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theNetworkIsNotReadyUntilAConfigurationAppears() {
    assertThat(network().getStatus()).isFalse();
    assertThat(network().getReason()).isEqualTo("NetworkPluginNotReady");
    assertThat(network().getMessage()).contains(node.cniConfigs().toString());
    assertThat(condition("RuntimeReady").getStatus()).isTrue();
    TestPod pod = node.pod("early");
    assertFails(pod::run, Code.FAILED_PRECONDITION, node.cniConfigs().toString());
    TestPod host = node.pod("host").hostNetwork().run();
    assertThat(host.ready()).isTrue();

    configure();

    pod.run();
    assertThat(pod.ip()).isEqualTo("10.199.0.2");
    FakeCni.Call add = plugin.calls("ADD").getLast();
    assertThat(add.get("CNI_CONTAINERID")).isEqualTo(pod.id);
    assertThat(add.get("CNI_ARGS")).contains("K8S_POD_NAME=early", "K8S_POD_NAMESPACE=tests");
    pod.stop();
    assertThat(plugin.calls("DEL").getLast().get("CNI_CONTAINERID")).isEqualTo(pod.id);
  }

  @Test
  void podCidrsMakeTheNetworkOfTheTemplateOrAreRefused() {
    assertThat(network().getStatus()).isFalse();
    assertFails(
        () -> node.runtime().updateRuntimeConfig(cidr("no cidr")),
        Code.INVALID_ARGUMENT,
        "runtime_config.network_config.pod_cidr");
    assertFails(
        () -> node.runtime().updateRuntimeConfig(cidr("10.99.0.0/24,10.99.0.0/99")),
        Code.INVALID_ARGUMENT,
        "pod_cidr: 10.99.0.0/99");
    assertThat(madeOfTheTemplate()).doesNotExist();

    node.runtime().updateRuntimeConfig(cidr("10.99.0.0/24"));

    assertThat(madeOfTheTemplate()).content().contains("\"subnet\": \"10.99.0.0/24\"");
    assertThat(network().getStatus()).isTrue();
    assertThat(
            node.runtime()
                .status(StatusRequest.newBuilder().setVerbose(true).build())
                .getInfoOrThrow("config"))
        .contains("10.99.0.0/24");
    node.pod("cidr").run();
    assertThat(plugin.calls("ADD").getLast().stdin()).contains("10.99.0.0/24");
  }

  private static Path madeOfTheTemplate() {
    return node.cniConfigs().resolve("10-gantry-pod-cidr.conflist");
  }

  private static UpdateRuntimeConfigRequest cidr(String cidr) {
    return UpdateRuntimeConfigRequest.newBuilder()
        .setRuntimeConfig(
            RuntimeConfig.newBuilder()
                .setNetworkConfig(NetworkConfig.newBuilder().setPodCidr(cidr)))
        .build();
  }

  @Test
  void aPodOfSeveralAddressesTellsThemAll() {
    configure();
    plugin.result(
        """
        {"cniVersion":"1.0.0","ips":[{"address":"10.9.9.7/24"},{"address":"fd00:9::7/64"},
          {"address":"10.9.9.8/24"}]}\
        """);
    TestPod pod = node.pod("dual").run();

    var network = pod.status().getNetwork();
    assertThat(network.getIp()).isEqualTo("10.9.9.7");
    assertThat(network.getAdditionalIpsList())
        .extracting(PodIP::getIp)
        .containsExactly("fd00:9::7", "10.9.9.8");
    assertThat(pod.startSleeper("main").sh("cat /etc/hosts")).contains("10.9.9.7\t", "fd00:9::7\t");
  }

  @Test
  void aPluginThatFailsIsNamedWithWhatItSaid() {
    configure();
    plugin.fail("ADD", 11, "no addresses left in the range");
    int deletes = plugin.calls("DEL").size();

    TestPod pod = node.pod("fails");
    assertFails(pod::run, Code.INTERNAL, "fake", "fakenet", "no addresses left in the range");

    assertThat(plugin.calls("DEL").size()).isGreaterThan(deletes);
    assertThat(node.leftovers()).isEmpty();
    plugin
        .succeed("ADD")
        .result("{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"10.9.9.9/24\"}]}");
    pod.run();
    assertThat(pod.ip()).isEqualTo("10.9.9.9");
  }

  @Test
  void aPluginThatHangsIsKilled() {
    configure();
    plugin.hang("ADD");

    assertFails(node.pod("hangs")::run, Code.DEADLINE_EXCEEDED, "fake");

    assertThat(node.leftovers()).isEmpty();
  }

  @Test
  void anUndoThatFailsIsDoneLater() {
    configure();
    plugin.fail("ADD", 11, "no luck").fail("DEL", 11, "no luck either");

    TestPod pod = node.pod("undo");
    assertFails(pod::run, Code.INTERNAL, "no luck");
    // As a pod that is not ready: the kubelet makes the next attempt then.
    assertThat(pods()).extracting(PodSandbox::getState).containsExactly(SANDBOX_NOTREADY);
    plugin
        .succeed("ADD")
        .result("{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"10.9.9.9/24\"}]}");
    TestPod next = node.pod("undo");
    next.config.setMetadata(next.config.getMetadata().toBuilder().setAttempt(1));
    next.run();

    plugin.succeed("DEL");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(pods()).extracting(PodSandbox::getId).containsExactly(next.id));
  }

  private static List<PodSandbox> pods() {
    return node.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList();
  }

  @Test
  void aNamespaceStaysUntilItsNetworkIsTakenOutOfIt() throws IOException {
    configure();
    TestPod pod = node.pod("stays").run();
    plugin.fail("DEL", 11, "no luck");

    assertFails(pod::stop, Code.INTERNAL, "no luck");

    assertThat(pod.ready()).isFalse();
    Path own = node.config.state().resolve("pods").resolve(pod.id);
    assertThat(MountTable.under(own)).isNotEmpty();
    plugin.succeed("DEL");
    await().atMost(PATIENCE).until(() -> MountTable.under(own).isEmpty());
    assertThat(plugin.calls("DEL"))
        .filteredOn(call -> call.get("CNI_CONTAINERID").equals(pod.id))
        .hasSizeGreaterThan(1)
        .allSatisfy(call -> assertThat(call.get("CNI_NETNS")).startsWith(own.toString()));
  }

  @Test
  void aPluginThatAsksForResolversGetsThePods() throws IOException {
    Files.writeString(
        node.cniConfigs().resolve("10-fake.conflist"),
        """
        {"cniVersion":"1.0.0","name":"fakenet",
         "plugins":[{"type":"fake","capabilities":{"dns":true}}]}
        """);
    await().atMost(PATIENCE).until(() -> network().getStatus());
    TestPod pod = node.pod("resolves");
    pod.config.setDnsConfig(
        DNSConfig.newBuilder().addServers("192.0.2.53").addSearches("example.org"));
    pod.run();

    assertThat(plugin.calls("ADD").getLast().stdin())
        .contains("\"dns\":{\"servers\":[\"192.0.2.53\"],\"searches\":[\"example.org\"]");
  }

  @Test
  void theDaemonServesWhileWhatItFindsHalfMadeIsTakenApart() throws IOException {
    configure();
    plugin.fail("ADD", 11, "no luck").fail("DEL", 11, "no luck either");
    TestPod pod = node.pod("half");
    assertFails(pod::run, Code.INTERNAL, "no luck");
    String id = pods().getFirst().getId();
    node.stop();
    halfMade(id);
    Path go = node.dirs.path("go-on");
    plugin.script("DEL", "while [ ! -e \"" + go + "\" ]; do sleep 0.05; done\n");

    node.boot();

    assertThat(pods()).isEmpty();
    Path record = node.config.root().resolve("pods").resolve(id);
    assertThat(record).exists();
    Files.createFile(go);
    await().atMost(PATIENCE).until(() -> !Files.exists(record));
  }

  /** As if the daemon had been killed before it told of the pod. */
  private static void halfMade(String id) throws IOException {
    var store =
        new RecordStore<>(
            "pod", node.config.root().resolve("pods"), PodRecord.parser(), PodRecord::getId);
    for (var loaded : store.load()) {
      if (loaded.entry().id().equals(id)) {
        loaded.entry().update(pod -> pod.toBuilder().setState(PodState.POD_STATE_CREATED).build());
      }
    }
  }

  /** As after power loss: the record of a pod's network is gone, and the pod's own is not. */
  @Test
  void aNetworkWithoutARecordIsTakenAwayAfterARestartOfTheMachine() throws IOException {
    configure();
    TestPod ran = node.pod("ran").run();
    TestPod stopped = node.pod("stopped").run();
    TestPod host = node.pod("host").hostNetwork().run();
    stopped.stop();
    int stops = deletes(stopped);
    node.stop();
    for (TestPod pod : List.of(ran, stopped, host)) {
      inAnEarlierBoot(node.config.root().resolve("pods").resolve(pod.id).resolve("record"));
    }
    Files.delete(node.config.root().resolve("networks").resolve(ran.id + ".network"));

    node.boot();

    await().atMost(PATIENCE).until(() -> deletes(ran) > 0);
    for (TestPod pod : List.of(ran, stopped, host)) {
      pod.remove();
    }
    assertThat(deletes(stopped)).isEqualTo(stops);
    assertThat(deletes(host)).isZero();
  }

  private int deletes(TestPod pod) {
    return (int)
        plugin.calls("DEL").stream()
            .filter(call -> call.get("CNI_CONTAINERID").equals(pod.id))
            .count();
  }

  private static void inAnEarlierBoot(Path record) throws IOException {
    String text = Files.readString(record, StandardCharsets.ISO_8859_1);
    String other = "00000000-0000-4000-8000-000000000000";
    Files.writeString(record, text.replaceFirst(Boot.id(), other), StandardCharsets.ISO_8859_1);
  }

  @Test
  void aCallerThatGivesUpIsToldTheStageAndMayJoinAgain() {
    configure();
    plugin.script(
        "ADD",
        "while [ ! -e \""
            + node.dirs.path("go")
            + "\" ]; do sleep 0.05; done\n"
            + "echo '{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"10.9.9.8/24\"}]}'\n");
    TestPod pod = node.pod("joins");
    int adds = plugin.calls("ADD").size();

    assertThat(
            Failures.of(() ->
                    node.runtime()
                        .withDeadlineAfter(2, TimeUnit.SECONDS)
                        .runPodSandbox(pod.request()))
                .getCode())
        .isEqualTo(Code.DEADLINE_EXCEEDED);
    var other = node.pod("joins");
    other.config.putLabels("differs", "yes");
    assertFails(other::run, Code.ALREADY_EXISTS, "tests/joins", "network (CNI ADD)");
    writeGo();
    pod.run();

    assertThat(pod.ip()).isEqualTo("10.9.9.8");
    assertThat(plugin.calls("ADD")).hasSize(adds + 1);
  }

  @Test
  void aNetworkThatWasDamagedWhileNoDaemonLookedIsTold() throws IOException {
    configure();
    TestPod pod = node.pod("damaged").run();
    TestContainer container = pod.startSleeper("main");
    assertThat(condition("PodNetworksReady").getStatus()).isTrue();
    plugin.fail("CHECK", 11, "eth0 is gone");
    node.stop();
    node.boot();

    await().atMost(PATIENCE).until(() -> !condition("PodNetworksReady").getStatus());
    RuntimeCondition told = condition("PodNetworksReady");
    assertThat(told.getReason()).isEqualTo("NetworkDamaged");
    assertThat(told.getMessage()).contains(pod.id, "CHECK", "fakenet", "eth0 is gone");
    assertThat(pod.info()).contains("networkDamage").contains("eth0 is gone");
    // It is told and nothing else: the pod may be reached by other ways, or not need any.
    assertThat(pod.ready()).isTrue();
    assertThat(pod.ip()).isEqualTo("10.199.0.2");
    assertThat(container.sh("echo lives")).isEqualTo("lives");
    assertThat(network().getStatus()).isTrue();
    pod.stop();
    assertThat(condition("PodNetworksReady").getStatus()).isTrue();
  }

  private static void writeGo() {
    try {
      Files.writeString(node.dirs.path("go"), "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void readsAreAnsweredWhileMoreCallsHangThanThereAreCores() throws Exception {
    configure();
    TestPod before = node.pod("before").run();
    TestContainer container = before.startSleeper("main");
    plugin.hang("ADD");
    int hanging = Runtime.getRuntime().availableProcessors() * 4 + 8;
    int adds = plugin.calls("ADD").size();
    var callers = new ArrayList<Thread>();
    for (int i = 0; i < hanging; i++) {
      TestPod pod = node.pod("hanging" + i);
      callers.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  pod.run();
                } catch (StatusRuntimeException expected) {
                  assertThat(expected.getStatus().getCode()).isEqualTo(Code.DEADLINE_EXCEEDED);
                }
              }));
    }
    await().atMost(PATIENCE).until(() -> plugin.calls("ADD").size() >= adds + 4);

    // Each must be answered while the plug-ins still hang.
    var reads = node.runtime().withDeadlineAfter(30, TimeUnit.SECONDS);
    assertThat(reads.version(VersionRequest.getDefaultInstance()).getRuntimeName())
        .isEqualTo("gantry");
    assertThat(reads.listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList())
        .hasSize(1);
    assertThat(reads.listContainers(ListContainersRequest.getDefaultInstance()).getContainersList())
        .hasSize(1);
    assertThat(container.status().getId()).isEqualTo(container.id);
    assertThat(before.ready()).isTrue();
    assertThat(
            node.images()
                .withDeadlineAfter(30, TimeUnit.SECONDS)
                .listImages(ListImagesRequest.getDefaultInstance())
                .getImagesList())
        .hasSize(1);
    assertThat(callers).anyMatch(Thread::isAlive);
    for (Thread caller : callers) {
      caller.join();
    }
    assertThat(List.of(before.id))
        .isEqualTo(
            node
                .runtime()
                .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
                .getItemsList()
                .stream()
                .map(pod -> pod.getId())
                .toList());
  }
}
