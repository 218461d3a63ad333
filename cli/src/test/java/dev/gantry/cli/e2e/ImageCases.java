package dev.gantry.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.agent.api.Pod;
import java.util.Objects;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Where images come from, and what is said when they do not. */
interface ImageCases {
  World world();

  @Test
  default void whatMayNotBePulledIsNot() {
    world().pods.await("never-pulled", p -> LifeCases.waits(p, "main", "ErrImageNeverPull"));
    world()
        .pods
        .awaitEvent(
            "never-pulled", "ErrImageNeverPull", "is not present with pull policy of Never");
  }

  @Test
  default void whatCannotBePulledIsTriedLessAndLessOften() {
    Pod pod =
        world().pods.await("no-such-image", p -> LifeCases.waits(p, "main", "ImagePullBackOff"));
    String image = world().word("REGISTRY") + "/nothing:1";
    assertThat(Objects.requireNonNull(PodWatch.status(pod, "main").state().waiting()).message())
        .startsWith("Back-off pulling image \"" + image + "\": ErrImagePull: ");
    world().pods.awaitEvent("no-such-image", "Failed", "Failed to pull image \"" + image + "\": ");
    world().pods.awaitEvent("no-such-image", "BackOff", "Back-off pulling image \"" + image + "\"");
    assertThat(world().pods.messages("no-such-image", "Failed")).contains("Error: ErrImagePull");
  }

  @Test
  @Order(RestartCases.AFTER_ALL_OTHERS - 1)
  default void anImageThatComesLateIsFound() {
    // It is pushed when the pod waits for it: see World.
    world().pods.await("late-image", LifeCases::running);
    world().pods.awaitEvent("late-image", "BackOff", "Back-off pulling image");
  }

  @Test
  default void imagesArePulled() {
    Pod pod = world().pods.await("pulled", LifeCases::running);
    assertThat(PodWatch.status(pod, "main").imageID()).isNotEmpty();
    world().pods.awaitEvent("pulled", "Pulled", "Successfully pulled image \"");
  }

  @Test
  default void aPullSecretOpensItsRegistry() {
    world().pods.await("with-login", LifeCases::running);
    world()
        .pods
        .await(
            "without-login",
            p ->
                LifeCases.waits(p, "main", "ImagePullBackOff")
                    || LifeCases.waits(p, "main", "ErrImagePull"));
    world().pods.awaitEvent("without-login", "Failed", "401 Unauthorized");
  }
}
