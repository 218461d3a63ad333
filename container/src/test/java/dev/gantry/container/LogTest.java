package dev.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@NullUnmarked // what is null fails the test
class LogTest {
  private static final String TALK = "while :; do echo tick; sleep 0.05; done";

  private TestHost host;

  @BeforeEach
  void begin() throws IOException {
    host = new TestHost("crun");
  }

  @AfterEach
  void leaveNothing() throws IOException {
    host.close();
  }

  private static void refused(ThrowingCallable call, RuntimeFailure.Kind kind) {
    assertThatThrownBy(call)
        .asInstanceOf(InstanceOfAssertFactories.type(RuntimeFailure.class))
        .returns(kind, RuntimeFailure::kind);
  }

  @Test
  void goesOnInANewFileAfterARename() throws Exception {
    ContainerRef c = host.container("app", "sh", "-c", TALK).run();
    await().until(() -> Files.size(c.logPath()) > 0);
    Path old = Files.move(c.logPath(), c.logPath().resolveSibling("0.log.1"));

    host.runtime.reopenLog(c, () -> {});

    assertThat(c.logPath()).exists();
    long size = Files.size(old);
    await().until(() -> Files.size(c.logPath()) > 0);
    assertThat(Files.size(old)).isEqualTo(size);
    assertThat(c.conmon().alive()).isTrue();
  }

  @Test
  void leavesALogAloneThatConmonWritesAlready() throws Exception {
    ContainerRef c = host.container("app", "sh", "-c", "echo first; sleep 100").run();
    await().until(() -> Files.size(c.logPath()) > 0);

    host.runtime.reopenLog(c, () -> {});

    assertThat(c.logPath()).content().contains("first");
  }

  @Test
  void refusesToReopenWhereTheDirectoryIsGone() throws Exception {
    ContainerRef c = host.container("app", "sh", "-c", TALK).run();
    Path moved = host.dir.resolve("moved");
    Files.move(c.logPath().getParent(), moved);

    refused(() -> host.runtime.reopenLog(c, () -> {}), RuntimeFailure.Kind.LOG_PATH);

    assertThat(c.conmon().alive()).isTrue();
    assertThat(c.init().alive()).isTrue();
  }

  @Test
  void refusesToReopenTheLogOfAnEndedContainer() throws Exception {
    ContainerRef c = host.container("app", "true").run();
    host.awaitExit(c.id());

    refused(() -> host.runtime.reopenLog(c, () -> {}), RuntimeFailure.Kind.NOT_RUNNING);
  }

  @Test
  void refusesALinkInTheLogsPlace() throws Exception {
    TestHost.Container plan = host.container("app", "true");
    Path victim = Files.writeString(host.dir.resolve("victim"), "precious");
    Files.createDirectories(plan.log.path().getParent());
    Files.createSymbolicLink(plan.log.path(), victim);

    refused(plan::create, RuntimeFailure.Kind.LOG_PATH);

    assertThat(victim).hasContent("precious");
    assertThat(plan.bundle).isEmptyDirectory();
  }

  @Test
  void refusesALinkThatLeavesTheLogDirectory() throws Exception {
    TestHost.Container plan = host.container("app", "true");
    Path outside = Files.createDirectory(host.dir.resolve("outside"));
    Files.createSymbolicLink(host.logs.resolve("app"), outside);

    refused(plan::create, RuntimeFailure.Kind.LOG_PATH);

    assertThat(outside).isEmptyDirectory();
  }

  @Test
  void refusesAPipeInTheLogsPlace() throws Exception {
    TestHost.Container plan = host.container("app", "true");
    Files.createDirectories(plan.log.path().getParent());
    new ProcessBuilder("mkfifo", plan.log.path().toString()).start().waitFor();

    refused(plan::create, RuntimeFailure.Kind.LOG_PATH);
  }

  @Test
  void refusesPathsThatConmonMisreads() throws Exception {
    TestHost.Container plan = host.container("app", "true");
    plan.log = new LogTarget(host.logs, Path.of("a:b.log"));

    refused(plan::create, RuntimeFailure.Kind.LOG_PATH);
    assertThatThrownBy(() -> new LogTarget(host.logs, Path.of("../x")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new LogTarget(host.logs, Path.of("/x")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void dropsTheOutputWhenThereIsNoLog() throws Exception {
    TestHost.Container plan = host.container("app", "sh", "-c", "echo x; exit 2");
    plan.log = null;
    ContainerRef c = plan.run();

    assertThat(host.awaitExit(c.id()).code()).isEqualTo(2);
    refused(() -> host.runtime.reopenLog(c, () -> {}), RuntimeFailure.Kind.LOG_PATH);
  }
}
