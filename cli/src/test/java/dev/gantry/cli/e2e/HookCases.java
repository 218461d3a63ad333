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
    world().await("hooks", LifeCases::running);
    var notes = world().shared().resolve("hooks").resolve("all");
    assertThat(Files.readAllLines(notes)).containsExactly("post-start");
    world().deleteAndAwaitGone("hooks");
    assertThat(Files.readAllLines(notes)).containsExactly("post-start", "pre-stop", "term");
  }

  @Test
  default void requestsAreSentAfterTheStartAndBeforeTheEnd() {
    world().await("hooks-http", LifeCases::running);
    assertThat(world().services.requests()).containsExactly("/post-start");
    world().deleteAndAwaitGone("hooks-http");
    assertThat(world().services.requests()).containsExactly("/post-start", "/pre-stop");
  }

  @Test
  default void aPauseIsCutByTheGrace() {
    world().await("hooks-sleep", LifeCases::running);
    world().deleteAndAwaitGone("hooks-sleep");
    assertThat(world().messages("hooks-sleep", "FailedPreStopHook")).isEmpty();
  }

  @Test
  default void aContainerWhosePostStartFailsIsKilled() {
    world()
        .await(
            "post-start-fails",
            p ->
                LifeCases.waits(p, "main", "PostStartHookError")
                    || LifeCases.waits(p, "main", "CrashLoopBackOff"));
    world().awaitEvent("post-start-fails", "FailedPostStartHook", "PostStartHook failed");
    world().awaitEvent("post-start-fails", "Killing", "FailedPostStartHook");
  }
}
