package dev.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.gantry.linux.cgroup.Cgroup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked // what is null fails the test
class ExecSyncTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private TestHost host;
  private ContainerRef container;

  private void on(String handler) throws IOException {
    on(handler, true);
  }

  private void on(String handler, boolean ownPidNamespace) throws IOException {
    host = new TestHost(handler);
    TestHost.Container plan = host.container("app", "sleep", "1000");
    plan.ownPidNamespace = ownPidNamespace;
    container = plan.run();
  }

  @AfterEach
  void leaveNothing() throws IOException {
    if (host != null) {
      host.close();
      assertThat(host.cgroupExists(host.cgroupParent)).isFalse();
    }
  }

  private ExecOutcome exec(Duration timeout, String... args) throws RuntimeFailure {
    return host.runtime.execSync(container, TestHost.exec(timeout, args));
  }

  private static String text(ExecOutcome.Output output) {
    return new String(output.data(), StandardCharsets.UTF_8);
  }

  private int processes() throws IOException {
    return Cgroup.of(host.cgroups, container.cgroupPath()).pids().size();
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void returnsOutputsAndExitCode(String handler) throws Exception {
    on(handler);

    ExecOutcome outcome = exec(LONG, "sh", "-c", "echo out; echo err >&2; exit 5");

    assertThat(outcome.exitCode()).isEqualTo(5);
    assertThat(outcome.timedOut()).isFalse();
    assertThat(text(outcome.stdout())).isEqualTo("out\n");
    assertThat(text(outcome.stderr())).isEqualTo("err\n");
    assertThat(exec(Duration.ZERO, "true").exitCode()).isZero();
    assertThat(exec(LONG, "sh", "-c", "kill -9 $$").exitCode()).isEqualTo(137);
    try (Stream<java.nio.file.Path> files = Files.list(container.bundle())) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .noneMatch(f -> f.startsWith(ExecStart.FILE_PREFIX));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void runtimeErrorsAreNoExitCodes(String handler) throws Exception {
    on(handler);

    assertThatThrownBy(() -> exec(LONG, "no-such-command"))
        .asInstanceOf(InstanceOfAssertFactories.type(RuntimeFailure.class))
        .returns(RuntimeFailure.Kind.COMMAND_NOT_FOUND, RuntimeFailure::kind)
        .extracting(Throwable::getMessage)
        .asString()
        .endsWith("exec: \"no-such-command\": executable file not found in $PATH");
    assertThatThrownBy(() -> exec(LONG, "/etc"))
        .asInstanceOf(InstanceOfAssertFactories.type(RuntimeFailure.class))
        .returns(RuntimeFailure.Kind.COMMAND_NOT_EXECUTABLE, RuntimeFailure::kind);
    // What only the container sees.
    assertThatThrownBy(() -> exec(LONG, "/proc/version"))
        .asInstanceOf(InstanceOfAssertFactories.type(RuntimeFailure.class))
        .returns(RuntimeFailure.Kind.COMMAND_NOT_EXECUTABLE, RuntimeFailure::kind);
    assertThat(exec(LONG, "sh", "-c", "no-such-command").exitCode()).isEqualTo(127);
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void refusesWhenTheContainerHasEnded(String handler) throws Exception {
    on(handler);
    host.runtime.killAll(container);

    assertThatThrownBy(() -> exec(LONG, "true"))
        .asInstanceOf(InstanceOfAssertFactories.type(RuntimeFailure.class))
        .returns(RuntimeFailure.Kind.NOT_RUNNING, RuntimeFailure::kind);
  }

  /**
   * The new command may be killed before the runtime has let it go, and the container's first
   * process lives on until the runtime has seen that.
   */
  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void whatIsBegunWhileTheContainerIsKilledSaysThatItDoesNotRun(String handler) throws Exception {
    on(handler);
    var begun = new CountDownLatch(8);
    Callable<RuntimeFailure> untilItFails =
        () -> {
          while (true) {
            try {
              exec(LONG, "true");
              begun.countDown();
            } catch (RuntimeFailure e) {
              return e;
            }
          }
        };
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var failures = Stream.generate(() -> threads.submit(untilItFails)).limit(8).toList();
      assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
      host.runtime.killAll(container);

      for (Future<RuntimeFailure> failure : failures) {
        assertThat(failure.get()).returns(RuntimeFailure.Kind.NOT_RUNNING, RuntimeFailure::kind);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void aTimeoutKillsAllThatWasStarted(String handler) throws Exception {
    on(handler);

    ExecOutcome outcome =
        exec(
            Duration.ofSeconds(4),
            "sh",
            "-c",
            "echo begun; sleep 901 & (setsid sleep 902 >/dev/null 2>&1 </dev/null &) ; sleep 903");

    assertThat(outcome.timedOut()).isTrue();
    assertThat(outcome.exitCode()).isEqualTo(137);
    assertThat(text(outcome.stdout())).isEqualTo("begun\n");
    assertThat(processes()).isEqualTo(1);
    assertThat(container.init().alive()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void aTimeoutKillsThoseWhoForkAllTheTime(String handler) throws Exception {
    on(handler);

    ExecOutcome outcome =
        exec(
            Duration.ofMillis(500),
            "sh",
            "-c",
            "f() { (sleep 0.01; f) & (sleep 0.01; f) & }; for i in 1 2 3 4 5; do sleep 0.05 & done;"
                + " g() { sleep 0.002; g & }; g & wait; sleep 100");

    assertThat(outcome.timedOut()).isTrue();
    assertThat(processes()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void anOrdinaryEndKillsNothing(String handler) throws Exception {
    on(handler);

    long begun = System.nanoTime();
    ExecOutcome outcome =
        exec(LONG, "sh", "-c", "(sleep 6; echo late; echo alive > /tmp/alive) & echo now");

    // It waits a second for the pipe that the rest still holds, not for the rest.
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(6));
    assertThat(text(outcome.stdout())).isEqualTo("now\n");
    assertThat(outcome.exitCode()).isZero();
    // Its late output finds a reader, so it is not killed by a closed pipe.
    await().until(() -> Files.exists(host.image().resolve("tmp/alive")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void doesNotWaitForOrphansInTheHostsPidNamespace(String handler) throws Exception {
    on(handler, false);

    ExecOutcome outcome =
        exec(LONG, "sh", "-c", "setsid sleep 904 >/dev/null 2>&1 </dev/null & exit 6");

    assertThat(outcome.exitCode()).isEqualTo(6);
    assertThat(processes()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void keepsAsMuchOutputAsAsked(String handler) throws Exception {
    on(handler);

    ExecOutcome outcome =
        host.runtime.execSync(
            container,
            new ExecRequest(
                TestHost.process(
                    false,
                    java.util.List.of(
                        "sh",
                        "-c",
                        "i=0;" + " while [ $i -lt 3000 ]; do echo 0123456789; i=$((i+1)); done")),
                LONG,
                1000));

    assertThat(outcome.exitCode()).isZero();
    assertThat(outcome.stdout().data()).hasSize(1000);
    assertThat(outcome.stdout().truncated()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void anInterruptedCallerLeavesNothing(String handler) throws Exception {
    on(handler);
    Thread caller =
        Thread.ofVirtual()
            .start(() ->
                assertThatThrownBy(() -> exec(LONG, "sh", "-c", "setsid sleep 905"))
                    .asInstanceOf(InstanceOfAssertFactories.type(RuntimeFailure.class))
                    .returns(RuntimeFailure.Kind.INTERRUPTED, RuntimeFailure::kind));
    await().until(() -> processes() > 1);

    caller.interrupt();
    caller.join();

    await().until(() -> processes() == 1);
  }
}
