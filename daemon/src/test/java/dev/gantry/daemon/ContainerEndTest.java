package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.Signal;
import dev.gantry.cri.v1.StopContainerRequest;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.cgroup.CgroupMode;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.TestImage;
import dev.gantry.testkit.TestNames;
import io.grpc.Context;
import io.grpc.Status.Code;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How containers end: by themselves, for want of memory, by a stop, or not at all. */
class ContainerEndTest {
  private static final long MEBI = 1 << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static @Nullable Node shared;

  private final Node node = Objects.requireNonNull(shared);

  @BeforeAll
  static void startNode() {
    shared = Node.options().eachRuntime().start();
  }

  @AfterAll
  static void stopNode() {
    if (shared != null) {
      shared.close();
    }
  }

  @AfterEach
  void nothingIsLeft() {
    node.removeAllPods();
    assertThat(node.leftovers()).isEmpty();
  }

  private TestPod pod(String runtime, NamespaceMode pid) {
    TestPod pod = node.pod("end-" + runtime).hostNetwork().pid(pid);
    pod.handler = runtime;
    return pod.run();
  }

  private Set<Integer> processes(TestContainer container) throws IOException {
    return Cgroup.of(
            CgroupHost.detect(),
            node.config.cgroupParent() + "/" + container.pod.id + "/" + container.id)
        .pids();
  }

  /** Not as process 1 of a namespace, which signals from inside do not end. */
  @WithEachRuntime
  void signalsAreExitCodes(String runtime) {
    TestPod pod = pod(runtime, NamespaceMode.NODE);
    Map.of("TERM", 143, "SEGV", 139, "ABRT", 134, "KILL", 137, "USR1", 138)
        .forEach((signal, code) -> {
          ContainerStatus status =
              pod.start(
                      pod.shell(
                          "by-" + signal.toLowerCase(Locale.ROOT),
                          "kill -" + signal + " $$; sleep 9"))
                  .ended();
          assertThat(status.getExitCode()).as(signal).isEqualTo(code);
          assertThat(status.getReason()).isEqualTo("Error");
          assertThat(status.getFinishedAt()).isGreaterThanOrEqualTo(status.getStartedAt());
        });
  }

  @WithEachRuntime
  void whatAnEndedContainerLeftRunningIsKilled(String runtime) throws IOException {
    for (NamespaceMode pid : List.of(NamespaceMode.POD, NamespaceMode.NODE)) {
      TestPod pod = pod(runtime, pid);
      TestContainer container =
          pod.start(pod.shell("parent", "setsid sleep 3600 & sleep 3600 & echo started; exit 5"));
      assertThat(container.ended().getExitCode()).isEqualTo(5);
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(processes(container)).isEmpty());
      pod.remove();
    }
  }

  /** conmon reads all output before it notes an exit, and of this there is no end. */
  @WithEachRuntime
  void whatWritesOnAfterTheFirstProcessIsKilledSoThatItsEndIsTold(String runtime) {
    for (NamespaceMode pid : List.of(NamespaceMode.POD, NamespaceMode.NODE)) {
      TestPod pod = pod(runtime, pid);
      TestContainer container = pod.start(pod.shell("parent", "yes & exit 3"));
      assertThat(container.ended().getExitCode()).isEqualTo(3);
      pod.remove();
    }
  }

  /** The kernel's victim is a child that the container survives, or that decides its end. */
  @WithEachRuntime
  void wantOfMemoryOfAChildAndOfTheMainProcessAreToldApart(String runtime) {
    TestPod pod = pod(runtime, NamespaceMode.CONTAINER);
    String eat = "x=x; while :; do x=$x$x; done";
    ContainerStatus main = greedy(pod, "main", eat).ended();
    assertThat(main.getExitCode()).isEqualTo(137);
    assertThat(main.getReason()).isEqualTo("OOMKilled");

    ContainerStatus survived = greedy(pod, "survived", "sh -c '" + eat + "'; exit 0").ended();
    assertThat(survived.getExitCode()).isZero();
    assertThat(survived.getReason()).isEqualTo("Completed");
    assertThat(survived.getMessage()).contains("memory");

    ContainerStatus failed = greedy(pod, "failed", "sh -c '" + eat + "'; exit 3").ended();
    assertThat(failed.getExitCode()).isEqualTo(3);
    assertThat(failed.getReason()).isEqualTo("Error");
    assertThat(failed.getMessage()).contains("memory");

    ContainerStatus passedOn = greedy(pod, "passed-on", "sh -c '" + eat + "'; exit $?").ended();
    assertThat(passedOn.getExitCode()).isEqualTo(137);
    assertThat(passedOn.getReason()).isEqualTo("OOMKilled");

    // Long after a child's end it is a stop that kills it.
    TestContainer stopped =
        greedy(pod, "stopped", "trap '' TERM; sh -c '" + eat + "'; echo ready; sleep 3600");
    stopped.awaitLine("ready");
    stopped.stop(0);
    assertThat(stopped.status().getExitCode()).isEqualTo(137);
    assertThat(stopped.status().getReason()).isEqualTo("Error");
    assertThat(stopped.status().getMessage()).contains("memory");
  }

  /** On cgroup version 1 conmon notes of each container of a pod that its limit was met. */
  @WithEachRuntime
  void whoDiesAfterAnotherOfItsPodDidForWantOfMemoryIsNotSaidToHaveDoneSo(String runtime) {
    TestPod pod = node.pod("limited-" + runtime).hostNetwork().pid(NamespaceMode.CONTAINER);
    pod.handler = runtime;
    Edit.linux(
        pod.config,
        linux ->
            linux.setResources(
                LinuxContainerResources.newBuilder().setMemoryLimitInBytes(64 * MEBI)));
    pod.run();
    TestContainer innocent =
        pod.start(
            pod.shell("innocent", "echo ready; while [ ! -e /go ]; do sleep 0.1; done; exit 137"));
    innocent.awaitLine("ready");
    TestContainer greedy = pod.start(pod.shell("greedy", "x=x; while :; do x=$x$x; done"));
    assertThat(greedy.ended().getReason()).isEqualTo("OOMKilled");
    innocent.sh("touch /go");
    assertThat(innocent.ended().getExitCode()).isEqualTo(137);
    assertThat(innocent.status().getReason()).isEqualTo("Error");
    assertThat(innocent.status().getMessage()).isEmpty();
  }

  private static TestContainer greedy(TestPod pod, String name, String script) {
    var config = pod.shell(name, script);
    Edit.resources(config, resources -> resources.setMemoryLimitInBytes(16 * MEBI));
    return pod.start(config);
  }

  @Test
  void theImageMayNameTheStopSignalAndAnUnknownOneIsRefused() throws IOException {
    String name = "test.example/signal:1";
    node.importImage(name, TestImage.busyboxBuilder().stopSignal("SIGINT").build());
    TestPod pod = pod("crun", NamespaceMode.CONTAINER);
    String script =
        "trap 'exit 11' INT; trap 'exit 12' HUP; echo ready; while :; do sleep 0.05; done";
    TestContainer ofImage =
        pod.start(pod.shell("image", script).setImage(ImageSpec.newBuilder().setImage(name)));
    TestContainer ofRequest =
        pod.start(
            pod.shell("request", script)
                .setImage(ImageSpec.newBuilder().setImage(name))
                .setStopSignal(Signal.SIGNAL_SIGHUP));
    ofImage.awaitLine("ready");
    ofRequest.awaitLine("ready");
    ofImage.stop(60);
    ofRequest.stop(60);
    assertThat(ofImage.status().getExitCode()).isEqualTo(11);
    assertThat(ofRequest.status().getExitCode()).isEqualTo(12);
    assertFails(
        () -> pod.create(pod.shell("unknown", "true").setStopSignalValue(4711)),
        Code.INVALID_ARGUMENT,
        "stop_signal 4711");
  }

  /** The signal is sent once, however many ask; the shortest patience counts. */
  @Test
  void stopsAtTheSameTimeSendOneSignalAndTheShortestGraceCounts() throws Exception {
    TestPod pod = pod("crun", NamespaceMode.CONTAINER);
    TestContainer container =
        pod.start(
            pod.shell(
                "deaf", "trap 'echo signalled' TERM; echo ready; while :; do sleep 0.05; done"));
    container.awaitLine("ready");
    List<Future<?>> stops = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      stops.add(threads.submit(() -> container.stop(300)));
      container.awaitLine("signalled");
      for (long grace : new long[] {300, 200, 3}) {
        stops.add(threads.submit(() -> container.stop(grace)));
      }
    }
    for (Future<?> stop : stops) {
      stop.get();
    }
    assertThat(container.status().getExitCode()).isEqualTo(137);
    assertThat(container.logLines()).containsExactly("ready", "signalled");
    container.stop(10);
  }

  @Test
  void aStopWhoseCallerGivesUpGoesOn() {
    TestPod pod = pod("crun", NamespaceMode.CONTAINER);
    TestContainer container =
        pod.start(
            pod.shell(
                "slow", "trap 'echo signalled' TERM; echo ready; while :; do sleep 0.05; done"));
    container.awaitLine("ready");
    Context.CancellableContext cancellable = Context.current().withCancellation();
    Thread caller =
        Thread.ofVirtual()
            .start(
                cancellable.wrap(() -> assertFails(() -> container.stop(6), Code.CANCELLED, "")));
    container.awaitLine("signalled");
    cancellable.cancel(new IllegalStateException("the caller gives up"));
    await().atMost(PATIENCE).until(() -> !caller.isAlive());

    assertFails(
        () ->
            node.runtime()
                .withDeadlineAfter(100, TimeUnit.MILLISECONDS)
                .stopContainer(
                    StopContainerRequest.newBuilder()
                        .setContainerId(container.id)
                        .setTimeout(6)
                        .build()),
        Code.DEADLINE_EXCEEDED,
        "");
    assertThat(container.ended().getExitCode()).isEqualTo(137);
    assertThat(container.logLines()).containsExactly("ready", "signalled");
  }

  /**
   * A process that the kernel does not let die, here one in a frozen cgroup around its own: whoever
   * ends it is told which it is, within a bounded time, and others do not wait.
   */
  @Test
  void aContainerThatCannotBeKilledIsReportedAndHoldsUpNobody() throws Exception {
    CgroupHost host = CgroupHost.detect();
    assumeTrue(host.mode() != CgroupMode.V2, "what version 2 has frozen dies of SIGKILL");
    String top = TestNames.cgroup();
    Cgroup around = Cgroup.of(host, top + "/pods");
    around.create();
    try {
      TestPod pod = node.pod("stuck").hostNetwork();
      Edit.linux(pod.config, linux -> linux.setCgroupParent(top + "/pods"));
      pod.run();
      TestContainer stuck = pod.startSleeper("stuck");
      TestPod other = pod("crun", NamespaceMode.CONTAINER);
      around.freeze();
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        Future<?> stop =
            threads.submit(() ->
                assertFails(
                    () -> stuck.stop(0),
                    Code.DEADLINE_EXCEEDED,
                    "kill container " + stuck.id,
                    "does not die"));
        Future<?> remove =
            threads.submit(() ->
                assertFails(pod::remove, Code.DEADLINE_EXCEEDED, "kill container " + stuck.id));
        TestContainer quick = other.startSleeper("quick");
        quick.stop(0);
        assertThat(
                node.runtime()
                    .listContainers(ListContainersRequest.getDefaultInstance())
                    .getContainersCount())
            .isEqualTo(2);
        assertThat(stop.isDone() && remove.isDone()).isFalse();
        stop.get();
        remove.get();
        assertThat(stuck.state()).isEqualTo(ContainerState.CONTAINER_RUNNING);
      } finally {
        around.thaw();
      }
      assertThat(stuck.ended().getExitCode()).isEqualTo(137);
      pod.remove();
    } finally {
      around.thaw();
      around.kill();
      Cgroup.of(host, top).delete();
    }
  }
}
