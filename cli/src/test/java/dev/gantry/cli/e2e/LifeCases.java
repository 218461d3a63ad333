package dev.gantry.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.ContainerStateTerminated;
import dev.gantry.agent.api.ContainerStatus;
import dev.gantry.agent.api.EphemeralContainer;
import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodPhase;
import dev.gantry.agent.manifest.Manifests;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What becomes of a pod's containers, in which order, and what its status says. */
interface LifeCases {
  World world();

  private List<String> notes(String name) throws IOException {
    Path file = world().shared().resolve(name).resolve("all");
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }

  static ContainerStateTerminated end(Pod pod, String container) {
    return Objects.requireNonNull(PodWatch.status(pod, container).state().terminated());
  }

  static boolean waits(Pod pod, String container, String reason) {
    var waiting = PodWatch.status(pod, container).state().waiting();
    return waiting != null && waiting.reason().equals(reason);
  }

  static boolean running(Pod pod) {
    return pod.status().phase() == PodPhase.Running
        && pod.status().containerStatuses().stream().allMatch(s -> s.state().running() != null);
  }

  @Test
  default void containersStartInOrderAndSidecarsEndLast() throws IOException {
    Pod pod = world().pods.await("order", p -> running(p) && PodWatch.status(p, "main").ready());
    // It runs before its shell has done anything.
    await().until(() -> notes("order").contains("main"));
    assertThat(notes("order")).containsExactly("first", "side", "side-is-up", "second", "main");
    assertThat(end(pod, "first").reason()).isEqualTo("Completed");
    assertThat(end(pod, "second").exitCode()).isZero();
    ContainerStatus side = PodWatch.status(pod, "side");
    assertThat(side.state().running()).isNotNull();
    assertThat(side.started()).isTrue();
    world().pods.deleteAndAwaitGone("order");
    assertThat(notes("order")).endsWith("main", "main-ends", "side-ends");
  }

  @Test
  default void whatSucceedsAndIsNotToRestartHasSucceeded() {
    Pod pod = world().pods.await("never-ok", p -> p.status().phase() == PodPhase.Succeeded);
    assertThat(end(pod, "main").reason()).isEqualTo("Completed");
    assertThat(end(pod, "main").message()).isEqualTo("my last words\n");
    assertThat(PodWatch.status(pod, "main").restartCount()).isZero();
  }

  @Test
  default void whatFailsAndIsNotToRestartHasFailed() {
    Pod pod = world().pods.await("never-fails", p -> p.status().phase() == PodPhase.Failed);
    assertThat(end(pod, "bad").exitCode()).isEqualTo(3);
    assertThat(end(pod, "bad").reason()).isEqualTo("Error");
    assertThat(end(pod, "bad").message()).contains("it broke");
    assertThat(end(pod, "good").exitCode()).isZero();
  }

  @Test
  default void whatFailsIsTriedAgainUntilItSucceeds() {
    Pod pod = world().pods.await("on-failure", p -> p.status().phase() == PodPhase.Succeeded);
    assertThat(PodWatch.status(pod, "main").restartCount()).isEqualTo(1);
  }

  @Test
  default void aPodWhoseInitContainerFailsHasFailed() {
    Pod pod = world().pods.await("init-fails", p -> p.status().phase() == PodPhase.Failed);
    assertThat(end(pod, "init").exitCode()).isEqualTo(7);
    assertThat(waits(pod, "main", "PodInitializing")).isTrue();
  }

  @Test
  default void whatCrashesAgainAndAgainWaits() {
    Pod pod = world().pods.await("crash", p -> waits(p, "main", "CrashLoopBackOff"));
    ContainerStatus main = PodWatch.status(pod, "main");
    assertThat(main.restartCount()).isPositive();
    assertThat(Objects.requireNonNull(main.state().waiting()).message())
        .startsWith("back-off ")
        .contains("restarting failed container=main pod=crash_default(");
    var last = Objects.requireNonNull(main.lastState().terminated());
    assertThat(last.exitCode()).isEqualTo(1);
    assertThat(last.reason()).isEqualTo("Error");
    assertThat(pod.status().phase()).isEqualTo(PodPhase.Running);
    world().pods.awaitEvent("crash", "BackOff", "Back-off restarting failed container main in pod");
  }

  @Test
  default void aContainersOwnRulesDecideAboutItsRestart() {
    Pod pod = world().pods.await("rules", p -> p.status().phase() == PodPhase.Failed);
    assertThat(end(pod, "main").exitCode()).isEqualTo(43);
    assertThat(PodWatch.status(pod, "main").restartCount()).isEqualTo(1);
  }

  @Test
  default void aPodOutlivesNoDeadline() {
    Pod pod = world().pods.await("deadline", p -> p.status().phase() == PodPhase.Failed);
    assertThat(pod.status().reason()).isEqualTo("DeadlineExceeded");
    pod =
        world()
            .pods
            .await("deadline", p -> PodWatch.status(p, "main").state().terminated() != null);
    assertThat(end(pod, "main").exitCode()).isNotZero();
    assertThat(world().cri.running()).doesNotContain("deadline/main");
  }

  @Test
  default void whoDoesNotHearIsKilledAfterItsGrace() throws IOException {
    world().pods.await("stubborn", p -> running(p) && PodWatch.status(p, "main").ready());
    world().pods.deleteAndAwaitGone("stubborn");
    assertThat(notes("stubborn")).containsExactly("TERM");
  }

  @Test
  default void whoHearsNeedsNoGrace() {
    world().pods.await("polite", p -> running(p) && PodWatch.status(p, "main").ready());
    world().pods.deleteAndAwaitGone("polite");
    assertThat(world().pods.messages("polite", "Killing"))
        .containsExactly("Stopping container main");
  }

  @Test
  default void anEphemeralContainerSeesItsTarget() throws Exception {
    world().pods.await("target", LifeCases::running);
    String manifest =
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: target}
        spec:
          containers:
          - {name: look, image: "%s", command: [ps, -o, args]}
        """
            .formatted(World.IMAGE);
    List<KubeObject> read =
        Manifests.read(
            "debug", new ByteArrayInputStream(manifest.getBytes(StandardCharsets.UTF_8)));
    Container look = ((Pod) read.getFirst()).spec().containers().getFirst();
    world().node.debug("default", "target", new EphemeralContainer(look, "app"));
    Pod pod =
        world()
            .pods
            .await(
                "target",
                p ->
                    !p.status().ephemeralContainerStatuses().isEmpty()
                        && PodWatch.status(p, "look").state().terminated() != null);
    assertThat(end(pod, "look").exitCode()).isZero();
    world().pods.awaitLog("target", "look", "the-target");
    assertThat(running(pod)).isTrue();
    assertThat(PodWatch.status(pod, "app").restartCount()).isZero();
  }

  @Test
  default void aDeploymentHasItsReplicas() {
    world()
        .pods
        .await(
            "as many as wanted",
            () ->
                world().node.pods().stream()
                        .filter(p -> p.metadata().name().startsWith("web-") && running(p))
                        .count()
                    == 2,
            world().agent::log);
  }

  @Test
  default void aManifestInTheDirectoryRuns() {
    Pod pod = world().pods.await("static", LifeCases::running);
    assertThat(pod.metadata().annotations()).containsEntry("kubernetes.io/config.source", "file");
  }
}
