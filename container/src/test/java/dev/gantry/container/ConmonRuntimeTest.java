package dev.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.gantry.linux.process.Pidfd;
import dev.gantry.linux.process.Signals;
import dev.gantry.oci.runtime.Hook;
import dev.gantry.oci.runtime.Hooks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked // what is null fails the test
class ConmonRuntimeTest {
  private TestHost host;

  private void on(String handler) throws IOException {
    host = new TestHost(handler);
  }

  @AfterEach
  void leaveNothing() throws IOException {
    if (host != null) {
      host.close();
      assertThat(host.dir).doesNotExist();
      assertThat(host.cgroupExists(host.cgroupParent)).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void runsACommandToItsExitCodeAndLogsIt(String handler) throws Exception {
    on(handler);
    ContainerRef c =
        host.container("app", "sh", "-c", "echo out; echo err >&2; printf part; exit 7").create();
    host.watcher.track(c);

    assertThat(c.init().alive()).isTrue();
    assertThat(host.exitsSeen).isEmpty();
    host.runtime.start(c);

    ExitRecord exit = host.awaitExit(c.id());
    assertThat(exit.code()).isEqualTo(7);
    assertThat(exit.oomKilled()).isFalse();
    assertThat(exit.monitorLost()).isFalse();
    String time = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{9}[+-]\\d\\d:\\d\\d ";
    assertThat(Files.readAllLines(c.logPath()))
        .anySatisfy(line -> assertThat(line).matches(time + "stdout F out"))
        .anySatisfy(line -> assertThat(line).matches(time + "stderr F err"))
        .anySatisfy(line -> assertThat(line).matches(time + "stdout P part"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void signalsReachTheFirstProcess(String handler) throws Exception {
    on(handler);
    ContainerRef c =
        host.container("app", "sh", "-c", "trap 'exit 9' TERM; echo up; while :; do sleep 1; done")
            .run();
    await().until(() -> Files.readString(c.logPath()).contains("up"));

    host.runtime.signal(c, Signals.SIGTERM);

    assertThat(host.awaitExit(c.id()).code()).isEqualTo(9);
    host.runtime.signal(c, Signals.SIGTERM);
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void killsEverythingInTheContainer(String handler) throws Exception {
    on(handler);
    TestHost.Container plan =
        host.container("app", "sh", "-c", "sleep 98 & setsid sleep 97 & wait");
    // In the host's PID namespace the end of the first process is not that of the others.
    plan.ownPidNamespace = false;
    ContainerRef c = plan.run();
    await().until(() -> pids(c).size() == 3);

    host.runtime.killAll(c);

    assertThat(pids(c)).isEmpty();
    assertThat(host.awaitExit(c.id()).code()).isEqualTo(137);
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void reportsWantOfMemory(String handler) throws Exception {
    on(handler);
    TestHost.Container plan = host.container("hog", "sh", "-c", "exec tail -c 200000000 /dev/zero");
    plan.args = List.of("sh", "-c", "x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done");
    plan.memoryBytes = 16 << 20;
    ContainerRef c = plan.run();

    ExitRecord exit = host.awaitExit(c.id());

    assertThat(exit.oomKilled()).isTrue();
    assertThat(exit.code()).isEqualTo(137);
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void reportsALostMonitorOnceAndKillsItsContainer(String handler) throws Exception {
    on(handler);
    ContainerRef c = host.container("app", "sleep", "100").run();
    try (Pidfd conmon = Pidfd.open(c.conmon()).orElseThrow()) {
      conmon.signal(Signals.SIGKILL);
    }

    ExitRecord exit = host.awaitExit(c.id());

    assertThat(exit.monitorLost()).isTrue();
    assertThat(exit.code()).isEqualTo(137);
    assertThat(pids(c)).isEmpty();
    // The kernel takes a process out of its group a moment before it is dead.
    await().until(() -> !c.init().alive());
    assertThat(host.exitsSeen).containsExactly(c.id());
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void tellsOfAnEndThatNobodyWatched(String handler) throws Exception {
    on(handler);
    ContainerRef ended = host.container("short", "sh", "-c", "exit 3").create();
    ContainerRef lost = host.container("lost", "sleep", "100").create();
    host.runtime.start(ended);
    host.runtime.start(lost);
    try (Pidfd conmon = Pidfd.open(lost.conmon()).orElseThrow()) {
      conmon.signal(Signals.SIGKILL);
    }
    await().until(() -> !ended.conmon().alive() && !lost.conmon().alive());

    host.watcher.track(ended);
    host.watcher.track(lost);

    assertThat(host.awaitExit(ended.id()).code()).isEqualTo(3);
    assertThat(host.awaitExit(ended.id()).monitorLost()).isFalse();
    assertThat(host.awaitExit(lost.id()).monitorLost()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void deletesWhatIsThereAndWhatIsNot(String handler) throws Exception {
    on(handler);
    TestHost.Container plan = host.container("app", "sleep", "100");
    host.runtime.delete(plan.request().planned());
    ContainerRef c = plan.run();
    host.watcher.forget(c.id());

    host.runtime.delete(c);
    host.runtime.delete(c);

    assertThat(c.init().alive()).isFalse();
    assertThat(c.conmon().alive()).isFalse();
    assertThat(host.cgroupExists(c.cgroupPath())).isFalse();
    assertThat(host.config.stateOf(c.id())).doesNotExist();
    assertThat(c.exitDir().resolve(c.id())).doesNotExist();
    assertThat(list(c.bundle())).isEmpty();
    assertThat(host.exitsSeen).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void deletesAContainerWhoseProcessesNobodyNoted(String handler) throws Exception {
    on(handler);
    TestHost.Container plan = host.container("app", "sleep", "100");
    ContainerRef c = plan.create();

    host.runtime.delete(plan.request().planned());

    assertThat(c.init().alive()).isFalse();
    assertThat(c.conmon().alive()).isFalse();
    assertThat(host.cgroupExists(c.cgroupPath())).isFalse();
    assertThat(list(c.bundle())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void saysThatTheCommandIsNotThereAndLeavesNothing(String handler) throws Exception {
    on(handler);
    TestHost.Container plan = host.container("app", "no-such-command");

    assertThatThrownBy(plan::create)
        .asInstanceOf(InstanceOfAssertFactories.type(RuntimeFailure.class))
        .returns(RuntimeFailure.Kind.COMMAND_NOT_FOUND, RuntimeFailure::kind)
        .extracting(Throwable::getMessage)
        .asString()
        .endsWith(": exec: \"no-such-command\": executable file not found in $PATH");

    assertThat(list(plan.bundle)).isEmpty();
    assertThat(host.logs).isEmptyDirectory();
    assertThat(host.config.stateOf(plan.id)).doesNotExist();
    assertThat(host.cgroupExists(plan.cgroupPath())).isFalse();
    assertThat(list(host.exits)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void tellsWhatCannotBeRun(String handler) throws Exception {
    on(handler);
    TestHost.Container directory = host.container("app", "/etc");
    assertThatThrownBy(directory::create)
        .asInstanceOf(InstanceOfAssertFactories.type(RuntimeFailure.class))
        .returns(RuntimeFailure.Kind.COMMAND_NOT_EXECUTABLE, RuntimeFailure::kind);

    TestHost.Container wrong = host.container("app", "true");
    wrong.cwd = "/bin/sh";
    assertThatThrownBy(wrong::create)
        .asInstanceOf(InstanceOfAssertFactories.type(RuntimeFailure.class))
        .returns(RuntimeFailure.Kind.RUNTIME, RuntimeFailure::kind)
        .extracting(Throwable::getMessage)
        .asString()
        .contains("/bin/sh", handler)
        // Whoever tries again and again is to see that it is the same each time.
        .doesNotContain(wrong.id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void aFileThatIsNoProgramShowsInTheExitCode(String handler) throws Exception {
    on(handler);
    Path file = Files.writeString(host.image().resolve("bin/odd"), "no program");
    assertThat(file.toFile().setExecutable(true)).isTrue();
    ContainerRef c = host.container("app", "/bin/odd").run();

    assertThat(host.awaitExit(c.id()).code()).isNotZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void refusesToStartWhatHasEnded(String handler) throws Exception {
    on(handler);
    ContainerRef c = host.container("app", "sleep", "100").create();
    host.runtime.killAll(c);

    assertThatThrownBy(() -> host.runtime.start(c))
        .asInstanceOf(InstanceOfAssertFactories.type(RuntimeFailure.class))
        .returns(RuntimeFailure.Kind.NOT_RUNNING, RuntimeFailure::kind);
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void refusesAnnotationsThatInstructTheRuntime(String handler) throws Exception {
    on(handler);
    for (String name : List.of("run.oci.hooks.stdout", "org.systemd.property.X")) {
      TestHost.Container plan = host.container("app", "true");
      plan.annotations = Map.of(name, "/tmp/x");
      assertThatThrownBy(plan::create)
          .asInstanceOf(InstanceOfAssertFactories.type(RuntimeFailure.class))
          .returns(RuntimeFailure.Kind.INVALID, RuntimeFailure::kind)
          .extracting(Throwable::getMessage)
          .asString()
          .contains(name);
      assertThat(list(plan.bundle)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void givesATerminalToThoseWhoWantOne(String handler) throws Exception {
    on(handler);
    TestHost.Container plan = host.container("app", "sh", "-c", "test -t 0 && test -t 1 && exit 4");
    plan.terminal = true;
    ContainerRef c = plan.run();

    assertThat(host.awaitExit(c.id()).code()).isEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void keepsMonitorsInTheirOwnCgroup(String handler) throws Exception {
    on(handler);
    ContainerRef c = host.container("app", "sleep", "100").run();

    List<String> groups =
        Files.readAllLines(Path.of("/proc/" + c.conmon().pid() + "/cgroup")).stream()
            .filter(line -> !line.startsWith("0::"))
            .toList();
    assertThat(groups).allSatisfy(line -> assertThat(line).endsWith("/monitors"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void leavesHooksToTheRuntime(String handler) throws Exception {
    on(handler);
    TestHost.Container plan = host.container("app", "sleep", "100");
    plan.hooks =
        new Hooks(
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(touch("poststart")),
            List.of(touch("poststop")));
    ContainerRef c = plan.run();
    assertThat(host.dir.resolve("poststart")).exists();
    assertThat(host.dir.resolve("poststop")).doesNotExist();
    host.watcher.forget(c.id());

    host.runtime.delete(c);

    assertThat(host.dir.resolve("poststop")).exists();
    assertThat(host.cgroupExists(c.cgroupPath())).isFalse();
    assertThat(list(c.bundle())).isEmpty();
  }

  private Hook touch(String name) {
    return new Hook(
        "/bin/sh", List.of("sh", "-c", "cat; : > " + host.dir.resolve(name)), List.of(), null);
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void servesManyAtOnce(String handler) throws Exception {
    on(handler);
    try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<ContainerRef>> lives = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        int code = i;
        lives.add(workers.submit(() -> wholeLife(code)));
      }
      for (Future<ContainerRef> life : lives) {
        ContainerRef c = life.get();
        assertThat(host.cgroupExists(c.cgroupPath())).isFalse();
        assertThat(list(c.bundle())).isEmpty();
      }
    }
    assertThat(host.exitsSeen).hasSize(16).doesNotHaveDuplicates();
  }

  private ContainerRef wholeLife(int code) throws Exception {
    ContainerRef c =
        host.container(
                "n" + code,
                "sh",
                "-c",
                "while ! [ -e /tmp/go" + code + " ]; do sleep 0.1; done; exit " + code)
            .run();
    ExecOutcome exec =
        host.runtime.execSync(c, TestHost.exec(Duration.ofSeconds(60), "sh", "-c", "exit 9"));
    assertThat(exec.exitCode()).isEqualTo(9);
    // How this one ends is not told: the container's own end may kill it.
    var _ =
        host.runtime.execSync(
            c, TestHost.exec(Duration.ofSeconds(60), "sh", "-c", "echo > /tmp/go" + code));
    assertThat(host.awaitExit(c.id()).code()).isEqualTo(code);
    host.runtime.delete(c);
    return c;
  }

  private List<Integer> pids(ContainerRef c) throws IOException {
    return List.copyOf(dev.gantry.linux.cgroup.Cgroup.of(host.cgroups, c.cgroupPath()).pids());
  }

  private static List<Path> list(Path dir) throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return files.toList();
    }
  }
}
