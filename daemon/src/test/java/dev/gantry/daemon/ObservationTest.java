package dev.gantry.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerEventResponse;
import dev.gantry.cri.v1.ContainerEventType;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.GetEventsRequest;
import dev.gantry.cri.v1.LinuxPodSandboxStats;
import dev.gantry.cri.v1.ListPodSandboxStatsRequest;
import dev.gantry.cri.v1.PodSandboxState;
import dev.gantry.cri.v1.PodSandboxStats;
import dev.gantry.cri.v1.PodSandboxStatsFilter;
import dev.gantry.cri.v1.PodSandboxStatsRequest;
import dev.gantry.cri.v1.StreamContainerStatsRequest;
import dev.gantry.cri.v1.StreamContainersRequest;
import dev.gantry.cri.v1.StreamImagesRequest;
import dev.gantry.cri.v1.StreamPodSandboxStatsRequest;
import dev.gantry.cri.v1.StreamPodSandboxesRequest;
import dev.gantry.testkit.LeakCheck;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Events, statistics of pods and lists in several messages, as the kubelet reads them. */
class ObservationTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

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

  /** What a listener has heard; listens until it is closed. */
  private static final class Listener implements AutoCloseable {
    final List<ContainerEventResponse> heard = new CopyOnWriteArrayList<>();
    private final Context.CancellableContext context = Context.current().withCancellation();

    Listener() {
      Thread.ofVirtual().start(context.wrap((Runnable) this::listen));
    }

    private void listen() {
      try {
        node.runtime()
            .getContainerEvents(GetEventsRequest.getDefaultInstance())
            .forEachRemaining(heard::add);
      } catch (StatusRuntimeException e) {
        // Closed.
      }
    }

    List<ContainerEventResponse> about(String id) {
      return heard.stream().filter(e -> e.getContainerId().equals(id)).toList();
    }

    @Override
    public void close() {
      context.cancel(null);
    }
  }

  /** Listens, and knows that it is heard. */
  private static Listener listen() {
    var listener = new Listener();
    await()
        .atMost(PATIENCE)
        .until(() -> {
          TestPod knock = node.pod("knock").hostNetwork().run();
          knock.remove();
          return !listener.heard.isEmpty();
        });
    return listener;
  }

  private static List<String> told(Listener listener, TestPod pod) {
    return listener.heard.stream()
        .filter(event ->
            event.getPodSandboxStatus().getId().equals(pod.id)
                || event.getContainerId().equals(pod.id))
        .map(event ->
            (event.getContainerId().equals(pod.id) ? "pod " : "container ")
                + event.getContainerEventType().name())
        .toList();
  }

  @Test
  void aPodHasEndedWhenItsContainersHave() throws Exception {
    try (Listener listener = listen()) {
      TestPod stopped = node.pod("stopped").run();
      stopped.startSleeper("main");
      stopped.stop();
      TestPod removed = node.pod("removed").run();
      removed.startSleeper("main");
      removed.remove();
      await().atMost(PATIENCE).until(() -> told(listener, removed).size() == 8);

      assertThat(told(listener, stopped))
          .containsExactly(
              "pod CONTAINER_CREATED_EVENT",
              "pod CONTAINER_STARTED_EVENT",
              "container CONTAINER_CREATED_EVENT",
              "container CONTAINER_STARTED_EVENT",
              "container CONTAINER_STOPPED_EVENT",
              "pod CONTAINER_STOPPED_EVENT");
      assertThat(told(listener, removed))
          .endsWith(
              "container CONTAINER_STOPPED_EVENT",
              "container CONTAINER_DELETED_EVENT",
              "pod CONTAINER_STOPPED_EVENT",
              "pod CONTAINER_DELETED_EVENT");
    }
  }

  @Test
  void eventsTellALifeInOrderAndWithItsStatuses() throws Exception {
    try (Listener listener = listen()) {
      TestPod pod = node.pod("life").run();
      TestContainer container = pod.startSleeper("main");
      container.stop(0);
      container.remove();
      pod.stop();
      pod.remove();
      await().atMost(PATIENCE).until(() -> listener.about(pod.id).size() == 4);

      assertThat(listener.about(container.id))
          .extracting(ContainerEventResponse::getContainerEventType)
          .containsExactly(
              ContainerEventType.CONTAINER_CREATED_EVENT,
              ContainerEventType.CONTAINER_STARTED_EVENT,
              ContainerEventType.CONTAINER_STOPPED_EVENT,
              ContainerEventType.CONTAINER_DELETED_EVENT);
      assertThat(listener.about(pod.id))
          .extracting(ContainerEventResponse::getContainerEventType)
          .containsExactly(
              ContainerEventType.CONTAINER_CREATED_EVENT,
              ContainerEventType.CONTAINER_STARTED_EVENT,
              ContainerEventType.CONTAINER_STOPPED_EVENT,
              ContainerEventType.CONTAINER_DELETED_EVENT);
      assertThat(listener.heard)
          .extracting(ContainerEventResponse::getCreatedAt)
          .isSorted()
          .doesNotHaveDuplicates();
      ContainerEventResponse stopped = listener.about(container.id).get(2);
      assertThat(stopped.getPodSandboxStatus().getState()).isEqualTo(PodSandboxState.SANDBOX_READY);
      assertThat(stopped.getPodSandboxStatus().getNetwork().getIp()).isNotEmpty();
      assertThat(stopped.getContainersStatusesList())
          .singleElement()
          .satisfies(status -> {
            assertThat(status.getId()).isEqualTo(container.id);
            assertThat(status.getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
            assertThat(status.getExitCode()).isEqualTo(137);
          });
      ContainerEventResponse gone = listener.about(pod.id).get(3);
      assertThat(gone.hasPodSandboxStatus()).isFalse();
      assertThat(gone.getContainersStatusesList()).isEmpty();
    }
  }

  @Test
  void statisticsOfPodsHaveWhatTheKubeletReads() {
    TestPod pod = node.pod("stats").run();
    TestContainer busy = pod.start(pod.shell("busy", "exec sleep 1000"));
    TestPod host = node.pod("host").hostNetwork().run();
    busy.sh("ping -c 2 $(ip route | awk '/default/ { print $3 }')");

    PodSandboxStats stats =
        node.runtime()
            .podSandboxStats(PodSandboxStatsRequest.newBuilder().setPodSandboxId(pod.id).build())
            .getStats();

    assertThat(stats.getAttributes().getId()).isEqualTo(pod.id);
    assertThat(stats.getAttributes().getMetadata().getName()).isEqualTo("stats");
    LinuxPodSandboxStats linux = stats.getLinux();
    assertThat(linux.getCpu().getUsageCoreNanoSeconds().getValue()).isPositive();
    assertThat(linux.getCpu().hasUsageNanoCores()).as("a rate takes two readings").isFalse();
    assertThat(linux.getMemory().getWorkingSetBytes().getValue()).isPositive();
    assertThat(linux.getProcess().getProcessCount().getValue()).isEqualTo(1);
    assertThat(linux.getNetwork().getDefaultInterface().getName()).isEqualTo("eth0");
    assertThat(linux.getNetwork().getDefaultInterface().getRxBytes().getValue()).isPositive();
    assertThat(linux.getNetwork().getDefaultInterface().getTxBytes().getValue()).isPositive();
    assertThat(linux.getContainersList())
        .singleElement()
        .satisfies(c -> assertThat(c.getAttributes().getId()).isEqualTo(busy.id));
    await()
        .atMost(PATIENCE)
        .until(() ->
            node.runtime()
                .podSandboxStats(
                    PodSandboxStatsRequest.newBuilder().setPodSandboxId(pod.id).build())
                .getStats()
                .getLinux()
                .getCpu()
                .hasUsageNanoCores());
    assertThat(list(PodSandboxStatsFilter.newBuilder().setId(host.id)))
        .singleElement()
        .satisfies(s -> assertThat(s.getLinux().hasNetwork()).isFalse());
    assertThat(list(PodSandboxStatsFilter.newBuilder())).hasSize(2);
    assertThat(list(PodSandboxStatsFilter.newBuilder().putLabelSelector("no", "such"))).isEmpty();
    pod.stop();
    assertThat(list(PodSandboxStatsFilter.newBuilder())).hasSize(1);
  }

  private static List<PodSandboxStats> list(PodSandboxStatsFilter.Builder filter) {
    return node.runtime()
        .listPodSandboxStats(ListPodSandboxStatsRequest.newBuilder().setFilter(filter).build())
        .getStatsList();
  }

  @Test
  void listsAlsoComeInParts() {
    TestPod pod = node.pod("parts").hostNetwork().run();
    TestContainer container = pod.startSleeper("main");

    var containers = new ArrayList<Container>();
    node.runtime()
        .streamContainers(StreamContainersRequest.getDefaultInstance())
        .forEachRemaining(part -> containers.addAll(part.getContainersList()));
    assertThat(containers).extracting(Container::getId).containsExactly(container.id);
    assertThat(
            node.runtime()
                .streamPodSandboxes(StreamPodSandboxesRequest.getDefaultInstance())
                .next()
                .getPodSandboxesList())
        .singleElement()
        .satisfies(p -> assertThat(p.getId()).isEqualTo(pod.id));
    assertThat(
            node.runtime()
                .streamContainerStats(StreamContainerStatsRequest.getDefaultInstance())
                .next()
                .getContainerStatsList())
        .singleElement()
        .satisfies(s -> assertThat(s.getAttributes().getId()).isEqualTo(container.id));
    assertThat(
            node.runtime()
                .streamPodSandboxStats(StreamPodSandboxStatsRequest.getDefaultInstance())
                .next()
                .getPodSandboxStatsList())
        .singleElement()
        .satisfies(s -> assertThat(s.getAttributes().getId()).isEqualTo(pod.id));
    assertThat(
            node.images()
                .streamImages(StreamImagesRequest.getDefaultInstance())
                .next()
                .getImagesList())
        .singleElement()
        .satisfies(i -> assertThat(i.getRepoTagsList()).contains(Node.BUSYBOX));
  }

  @Test
  void aLongListComesInSeveralMessages() {
    TestPod pod = node.pod("long").hostNetwork().run();
    var made = new HashMap<String, ContainerConfig>();
    for (int i = 0; i < 5; i++) {
      var config =
          pod.container("c" + i, "true").putAnnotations("large", (i + "").repeat(400 << 10));
      made.put(pod.create(config).id, config.build());
    }

    var parts = new ArrayList<List<Container>>();
    node.runtime()
        .streamContainers(StreamContainersRequest.getDefaultInstance())
        .forEachRemaining(part -> parts.add(part.getContainersList()));

    assertThat(parts).extracting(List::size).containsExactly(2, 2, 1);
    assertThat(parts.stream().flatMap(List::stream))
        .hasSize(made.size())
        .allSatisfy(container ->
            assertThat(container.getAnnotationsMap())
                .isEqualTo(
                    Objects.requireNonNull(made.get(container.getId())).getAnnotationsMap()));
  }
}
