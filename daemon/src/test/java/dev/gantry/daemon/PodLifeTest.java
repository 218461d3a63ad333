package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxFilter;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.cri.v1.PodSandboxState;
import dev.gantry.cri.v1.PodSandboxStateValue;
import dev.gantry.cri.v1.PodSandboxStatus;
import dev.gantry.cri.v1.PodSandboxStatusRequest;
import dev.gantry.cri.v1.RemovePodSandboxRequest;
import dev.gantry.cri.v1.StopPodSandboxRequest;
import dev.gantry.testkit.LeakCheck;
import io.grpc.Status.Code;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The life of pods as their users see it through the CRI. */
class PodLifeTest {
  private static final String UNKNOWN = "0123456789abcdef".repeat(4);

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

  private static List<PodSandbox> list(PodSandboxFilter.Builder filter) {
    return node.runtime()
        .listPodSandbox(ListPodSandboxRequest.newBuilder().setFilter(filter).build())
        .getItemsList();
  }

  private static List<String> ids(PodSandboxFilter.Builder filter) {
    return list(filter).stream().map(PodSandbox::getId).toList();
  }

  @Test
  void runsTellsStopsAndIsRemoved() {
    TestPod pod = node.pod("whole");
    pod.config.putLabels("app", "web").putAnnotations("note", "kept as it is");
    pod.run();

    assertThat(pod.id).matches("[0-9a-f]{64}");
    PodSandboxStatus status = pod.status();
    assertThat(status.getId()).isEqualTo(pod.id);
    assertThat(status.getMetadata()).isEqualTo(pod.config.getMetadata());
    assertThat(status.getState()).isEqualTo(PodSandboxState.SANDBOX_READY);
    assertThat(status.getCreatedAt()).isPositive();
    assertThat(status.getNetwork().getIp()).matches("\\d+\\.\\d+\\.\\d+\\.\\d+");
    assertThat(status.getLabelsMap()).containsEntry("app", "web");
    assertThat(status.getAnnotationsMap()).containsEntry("note", "kept as it is");
    assertThat(status.getLinux().getNamespaces().getOptions().getPid())
        .isEqualTo(NamespaceMode.CONTAINER);
    assertThat(pod.logDirectory()).isDirectory();

    pod.stop();
    assertThat(pod.ready()).isFalse();
    assertThat(pod.ip()).isEmpty();
    pod.remove();
    assertFails(pod::status, Code.NOT_FOUND, "pod sandbox", pod.id);
  }

  @Test
  void listsByIdPrefixStateAndLabels() {
    TestPod red = node.pod("red");
    red.config.putLabels("colour", "red").putLabels("shape", "round");
    red.run();
    TestPod blue = node.pod("blue");
    blue.config.putLabels("colour", "blue").putLabels("shape", "round");
    blue.run().stop();

    assertThat(ids(PodSandboxFilter.newBuilder())).containsExactly(blue.id, red.id);
    assertThat(ids(PodSandboxFilter.newBuilder().setId(red.id))).containsExactly(red.id);
    assertThat(ids(PodSandboxFilter.newBuilder().setId(red.id.substring(0, 13))))
        .containsExactly(red.id);
    assertThat(ids(PodSandboxFilter.newBuilder().setId("no such"))).isEmpty();
    assertThat(ids(state(PodSandboxState.SANDBOX_READY))).containsExactly(red.id);
    assertThat(ids(state(PodSandboxState.SANDBOX_NOTREADY))).containsExactly(blue.id);
    assertThat(ids(PodSandboxFilter.newBuilder().putLabelSelector("shape", "round")))
        .containsExactly(blue.id, red.id);
    assertThat(
            ids(
                state(PodSandboxState.SANDBOX_READY)
                    .putLabelSelector("shape", "round")
                    .putLabelSelector("colour", "blue")))
        .isEmpty();
    PodSandbox line = list(PodSandboxFilter.newBuilder().setId(red.id)).getFirst();
    assertThat(line.getMetadata()).isEqualTo(red.config.getMetadata());
    assertThat(line.getLabelsMap()).containsEntry("colour", "red");
    assertThat(line.getCreatedAt()).isEqualTo(red.status().getCreatedAt());
  }

  private static PodSandboxFilter.Builder state(PodSandboxState state) {
    return PodSandboxFilter.newBuilder()
        .setState(PodSandboxStateValue.newBuilder().setState(state));
  }

  @Test
  void isFoundByAUniqueBeginningOfItsId() {
    TestPod pod = node.pod("prefix").run();

    assertThat(
            node.runtime()
                .podSandboxStatus(
                    PodSandboxStatusRequest.newBuilder()
                        .setPodSandboxId(pod.id.substring(0, 12))
                        .build())
                .getStatus()
                .getId())
        .isEqualTo(pod.id);
  }

  @Test
  void runAgainWithTheSameConfigurationIsTheSamePod() {
    TestPod pod = node.pod("twice").run();

    String again = node.runtime().runPodSandbox(pod.request()).getPodSandboxId();

    assertThat(again).isEqualTo(pod.id);
    assertThat(ids(PodSandboxFilter.newBuilder())).containsExactly(pod.id);
  }

  @Test
  void anotherConfigurationUnderTheSameNameIsRefusedNamingBoth() {
    TestPod pod = node.pod("clash").run();
    TestPod other = node.pod("clash");
    other.config.putLabels("other", "yes");

    assertFails(other::run, Code.ALREADY_EXISTS, "tests/clash", pod.id);

    other.config.setMetadata(other.config.getMetadata().toBuilder().setAttempt(1));
    other.run();
    assertThat(other.id).isNotEqualTo(pod.id);
  }

  /** A pod made anew has its predecessor's name, and may be there before that one is gone. */
  @Test
  void anotherNamespaceUidOrAttemptIsAnotherPod() {
    List<String> pods =
        List.of(
            sameName(m -> m),
            sameName(m -> m.setNamespace("other")),
            sameName(m -> m.setUid("other")),
            sameName(m -> m.setAttempt(1)));

    assertThat(ids(PodSandboxFilter.newBuilder())).containsExactlyInAnyOrderElementsOf(pods);
    assertThat(pods).doesNotHaveDuplicates();
  }

  private static String sameName(UnaryOperator<PodSandboxMetadata.Builder> edit) {
    TestPod pod = node.pod("same").hostNetwork();
    pod.config.setMetadata(edit.apply(pod.config.getMetadata().toBuilder()));
    return pod.run().id;
  }

  @Test
  void aStoppedPodIsNotRunAgain() {
    TestPod pod = node.pod("stopped").run();
    pod.stop();

    assertFails(pod::run, Code.ALREADY_EXISTS, "tests/stopped", pod.id, "stopped");
  }

  @Test
  void duplicatesAtTheSameTimeJoin() throws Exception {
    TestPod pod = node.pod("joined");
    var calls = new ArrayList<Callable<String>>();
    for (int i = 0; i < 8; i++) {
      calls.add(() -> node.runtime().runPodSandbox(pod.request()).getPodSandboxId());
    }

    var ids = new HashSet<String>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<String> call : threads.invokeAll(calls)) {
        ids.add(call.get());
      }
    }

    assertThat(ids).hasSize(1);
    assertThat(ids(PodSandboxFilter.newBuilder())).containsExactlyElementsOf(ids);
  }

  @Test
  void stopAndRemoveAreIdempotent() {
    TestPod pod = node.pod("again").run();
    pod.stop();
    pod.stop();
    pod.remove();
    pod.remove();
    pod.stop();

    node.runtime()
        .stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(UNKNOWN).build());
    node.runtime()
        .removePodSandbox(RemovePodSandboxRequest.newBuilder().setPodSandboxId(UNKNOWN).build());
  }

  @Test
  void removeEndsWhatRuns() {
    TestPod pod = node.pod("forced").run();
    TestContainer one = pod.startSleeper("one");
    pod.startSleeper("two");
    pod.create(pod.shell("never-started", "exit 0"));

    pod.remove();

    assertFails(pod::status, Code.NOT_FOUND, pod.id);
    assertFails(one::status, Code.NOT_FOUND, "container", one.id);
  }

  @Test
  void stopEndsContainersAndKeepsTheirRecords() {
    TestPod pod = node.pod("kept").run();
    TestContainer container = pod.startSleeper("sleeper");

    pod.stop();

    assertThat(container.ended().getExitCode()).isEqualTo(137);
    assertFails(
        () -> pod.create(pod.shell("late", "exit 0")),
        Code.FAILED_PRECONDITION,
        "pod sandbox",
        pod.id,
        "not ready");
  }

  @Test
  void namespacesArePinnedAndNoProcessHoldsThem() throws Exception {
    TestPod pod = node.pod("pinned").run();

    String info =
        node.runtime()
            .podSandboxStatus(
                PodSandboxStatusRequest.newBuilder()
                    .setPodSandboxId(pod.id)
                    .setVerbose(true)
                    .build())
            .getInfoOrThrow("info");

    assertThat(info).contains("\"pid\":0");
    assertThat(node.config.state().resolve("pods").resolve(pod.id).resolve("ns/network")).exists();
  }
}
