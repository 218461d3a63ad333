package dev.gantry.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.agent.api.ConditionStatus;
import dev.gantry.agent.api.Pod;
import org.junit.jupiter.api.Test;

/** Probes of every kind, in every way of asking. */
interface ProbeCases {
  World world();

  static boolean condition(Pod pod, String type) {
    return pod.status().conditions().stream()
        .anyMatch(c -> c.type().equals(type) && c.status() == ConditionStatus.True);
  }

  private void restartsOnce(String name, String why) {
    Pod pod =
        world()
            .pods
            .await(
                name, p -> PodWatch.status(p, "main").restartCount() == 1 && condition(p, "Ready"));
    assertThat(PodWatch.status(pod, "main").lastState().terminated()).isNotNull();
    world().pods.awaitEvent(name, "Unhealthy", why);
    world()
        .pods
        .awaitEvent(name, "Killing", "Container main failed liveness probe, will be restarted");
  }

  @Test
  default void whatAnswersACommandBadlyIsRestarted() {
    restartsOnce("live-exec", "Liveness probe failed: ");
  }

  @Test
  default void whatAnswersARequestBadlyIsRestarted() {
    restartsOnce("live-http", "Liveness probe failed: HTTP probe failed with statuscode: 404");
  }

  @Test
  default void whatRefusesAConnectionIsRestarted() {
    restartsOnce("live-tcp", "connect: connection refused");
  }

  @Test
  default void readinessByGrpcFlipsTheConditions() {
    world().pods.await("ready-grpc", p -> condition(p, "Ready"));
    world().services.serving(false);
    Pod pod = world().pods.await("ready-grpc", p -> !condition(p, "ContainersReady"));
    assertThat(PodWatch.status(pod, "main").restartCount()).isZero();
    world().pods.awaitEvent("ready-grpc", "Unhealthy", "NOT_SERVING");
    world().services.serving(true);
    world().pods.await("ready-grpc", p -> condition(p, "Ready"));
  }

  @Test
  default void readinessFlipsTheConditions() {
    Pod pod = world().pods.await("ready", LifeCases::running);
    assertThat(condition(pod, "Ready")).isFalse();
    world().cri.exec("ready", "main", "touch", "/tmp/ready");
    pod = world().pods.await("ready", p -> condition(p, "Ready"));
    assertThat(condition(pod, "ContainersReady")).isTrue();
    assertThat(PodWatch.status(pod, "main").ready()).isTrue();
    world().cri.exec("ready", "main", "rm", "/tmp/ready");
    pod = world().pods.await("ready", p -> !condition(p, "Ready"));
    assertThat(PodWatch.status(pod, "main").restartCount()).isZero();
  }

  @Test
  default void nothingElseIsAskedBeforeItHasStarted() {
    Pod pod = world().pods.await("slow-start", p -> condition(p, "Ready"));
    assertThat(world().pods.messages("slow-start", "Unhealthy"))
        .as(() -> world().pods.describe("slow-start"))
        .allMatch(m -> m.startsWith("Startup probe "));
    assertThat(PodWatch.status(pod, "main").started()).isTrue();
    assertThat(world().pods.messages("slow-start", "Killing")).isEmpty();
  }

  @Test
  default void whatNeverStartsIsRestarted() {
    world().pods.await("never-starts", p -> PodWatch.status(p, "main").restartCount() > 0);
    world().pods.awaitEvent("never-starts", "Killing", "failed startup probe, will be restarted");
  }
}
