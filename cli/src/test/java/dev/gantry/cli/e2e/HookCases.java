package dev.gantry.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** Life-cycle hooks: commands, requests, pauses. */
interface HookCases {
  World world();

  @Test
  default void commandsRunAfterTheStartAndBeforeTheEnd() throws IOException {
    world().pods.await("hooks", LifeCases::running);
    var notes = world().shared().resolve("hooks").resolve("all");
    assertThat(Files.readAllLines(notes)).containsExactly("post-start");
    world().pods.deleteAndAwaitGone("hooks");
    assertThat(Files.readAllLines(notes)).containsExactly("post-start", "pre-stop", "term");
  }

  @Test
  default void requestsAreSentAfterTheStartAndBeforeTheEnd() {
    world().pods.await("hooks-http", LifeCases::running);
    assertThat(world().services.requests()).containsExactly("/post-start");
    world().pods.deleteAndAwaitGone("hooks-http");
    assertThat(world().services.requests()).containsExactly("/post-start", "/pre-stop");
  }

  @Test
  default void aPauseIsCutByTheGrace() {
    world().pods.await("hooks-sleep", LifeCases::running);
    world().pods.deleteAndAwaitGone("hooks-sleep");
    assertThat(world().pods.messages("hooks-sleep", "FailedPreStopHook")).isEmpty();
  }

  @Test
  default void aContainerWhosePostStartFailsIsKilled() {
    world()
        .pods
        .await(
            "post-start-fails",
            p ->
                LifeCases.waits(p, "main", "PostStartHookError")
                    || LifeCases.waits(p, "main", "CrashLoopBackOff"));
    world().pods.awaitEvent("post-start-fails", "FailedPostStartHook", "PostStartHook failed");
    world().pods.awaitEvent("post-start-fails", "Killing", "FailedPostStartHook");
  }
}
