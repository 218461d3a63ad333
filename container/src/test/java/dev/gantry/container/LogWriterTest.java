package dev.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@NullUnmarked // what is null fails the test
class LogWriterTest {
  private static final String TALK = "while :; do echo tick; sleep 0.05; done";
  private static final String FLOOD =
      "while :; do echo 0123456789012345678901234567890123456789; done";

  private TestHost host;

  @BeforeEach
  void begin() throws IOException {
    host = new TestHost("crun");
  }

  @AfterEach
  void leaveNothing() throws IOException {
    host.close();
  }

  private static long size(ContainerRef container) throws IOException {
    return Files.size(container.logPath());
  }

  private LogWriter writer(ContainerRef container) {
    return host.runtime.logWriter(container, false).orElseThrow();
  }

  @Test
  void writesNothingWhileItIsStopped() throws Exception {
    ContainerRef c = host.container("app", "sh", "-c", TALK).run();
    await().until(() -> size(c) > 0);
    LogWriter writer = writer(c);

    assertThat(writer.stop()).isTrue();
    assertThat(writer.awaitStopped()).isTrue();
    long size = size(c);
    int pending = writer.pending();
    await().until(() -> writer.pending() > pending + 10);

    assertThat(size(c)).isEqualTo(size);
    writer.goOn();
    await().until(() -> size(c) > size && !writer.stopped());
  }

  @Test
  void getsNoFurtherThanSomebodyTakes() throws Exception {
    ContainerRef c = host.container("app", "sh", "-c", FLOOD).run();
    try (LogWriter writer = writer(c)) {
      await().until(writer::take);
      long first = awaitHeld(c);
      // Its buffer was of the usual size at first.
      await().until(() -> writer.take() && size(c) > first);
      long held = awaitHeld(c);
      await().until(writer::take);
      await().until(() -> size(c) > held);

      // 32 KB in lines of 40 bytes, each with its time
      assertThat(awaitHeld(c)).isLessThan(held + (64 << 10));
    }
    long alone = size(c);
    await().until(() -> size(c) > alone + (1 << 20));
  }

  /** The size of a log that does not grow from one look to the next. */
  private static long awaitHeld(ContainerRef container) {
    var size = new AtomicLong();
    await().until(() -> size.getAndSet(size(container)) == size.get());
    return size.get();
  }

  @Test
  void hasReadWhatTheContainerWrote() throws Exception {
    String zeros = "head -c 100000 /dev/zero; echo; sleep 100";
    ContainerRef c = host.container("app", "sh", "-c", zeros).create();
    LogWriter writer = writer(c);
    long before = writer.readBytes().orElseThrow();
    host.runtime.start(c);
    await().until(() -> size(c) > 100_000);

    assertThat(writer.readBytes().orElseThrow() - before).isBetween(100_001L, 110_000L);
  }

  @Test
  void isNobodyOnceItsContainerHasEnded() throws Exception {
    ContainerRef c = host.container("app", "true").run();
    host.awaitExit(c.id());
    await().until(() -> !c.conmon().alive());
    LogWriter writer = writer(c);

    assertThat(writer.alive()).isFalse();
    assertThat(writer.take()).isFalse();
    assertThat(writer.pending()).isZero();
  }

  @Test
  void thereIsNoneWhereNothingIsLogged() throws Exception {
    TestHost.Container plan = host.container("app", "true");
    plan.log = null;

    assertThat(host.runtime.logWriter(plan.run(), false)).isEmpty();
  }
}
