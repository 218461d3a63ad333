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
            .await(name, p -> World.status(p, "main").restartCount() == 1 && condition(p, "Ready"));
    assertThat(World.status(pod, "main").lastState().terminated()).isNotNull();
    world().awaitEvent(name, "Unhealthy", why);
    world().awaitEvent(name, "Killing", "Container main failed liveness probe, will be restarted");
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
    world().await("ready-grpc", p -> condition(p, "Ready"));
    world().services.serving(false);
    Pod pod = world().await("ready-grpc", p -> !condition(p, "ContainersReady"));
    assertThat(World.status(pod, "main").restartCount()).isZero();
    world().awaitEvent("ready-grpc", "Unhealthy", "NOT_SERVING");
    world().services.serving(true);
    world().await("ready-grpc", p -> condition(p, "Ready"));
  }

  @Test
  default void readinessFlipsTheConditions() {
    Pod pod = world().await("ready", LifeCases::running);
    assertThat(condition(pod, "Ready")).isFalse();
    world().exec("ready", "main", "touch", "/tmp/ready");
    pod = world().await("ready", p -> condition(p, "Ready"));
    assertThat(condition(pod, "ContainersReady")).isTrue();
    assertThat(World.status(pod, "main").ready()).isTrue();
    world().exec("ready", "main", "rm", "/tmp/ready");
    pod = world().await("ready", p -> !condition(p, "Ready"));
    assertThat(World.status(pod, "main").restartCount()).isZero();
  }

  @Test
  default void nothingElseIsAskedBeforeItHasStarted() {
    Pod pod = world().await("slow-start", p -> condition(p, "Ready"));
    assertThat(world().messages("slow-start", "Unhealthy"))
        .as(() -> world().describe("slow-start"))
        .allMatch(m -> m.startsWith("Startup probe "));
    assertThat(World.status(pod, "main").started()).isTrue();
    assertThat(world().messages("slow-start", "Killing")).isEmpty();
  }

  @Test
  default void whatNeverStartsIsRestarted() {
    world().await("never-starts", p -> World.status(p, "main").restartCount() > 0);
    world().awaitEvent("never-starts", "Killing", "failed startup probe, will be restarted");
  }
}
