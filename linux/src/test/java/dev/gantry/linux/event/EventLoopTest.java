package dev.gantry.linux.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import dev.gantry.linux.event.EventLoop.Registration;
import dev.gantry.linux.event.PipeReader.Bytes;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventLoopTest {
  @TempDir Path dir;

  private static void write(Fd fd, String text) throws Exception {
    @SuppressWarnings("resource") // closing it would close the descriptor
    OutputStream out = fd.output();
    out.write(text.getBytes(UTF_8));
  }

  @Test
  void aHandlerIsCalledWhileThereIsSomethingToRead() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    try (Pipe pipe = Pipe.open()) {
      Registration registration =
          EventLoop.shared().watch(pipe.read(), EventLoop.IN, e -> calls.incrementAndGet());
      assertThat(calls).hasValue(0);
      write(pipe.write(), "x");
      await().until(() -> calls.get() > 2);
      registration.close();
      int after = calls.get();
      write(pipe.write(), "y");
      assertThat(calls).hasValue(after);
      registration.close();
    }
  }

  @Test
  void aOneShotHandlerIsCalledOnceAndMayCloseItself() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    Registration[] own = new Registration[1];
    try (Pipe pipe = Pipe.open()) {
      own[0] =
          EventLoop.shared()
              .watch(
                  pipe.read(),
                  EventLoop.IN | EventLoop.ONE_SHOT,
                  e -> {
                    calls.incrementAndGet();
                    own[0].close();
                  });
      pipe.write().close();
      await().until(() -> calls.get() == 1);
    }
  }

  @Test
  void aFailingHandlerIsNotCalledAgainAndStopsNobodyElse() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    try (Pipe bad = Pipe.open();
        Pipe good = Pipe.open();
        PipeReader reader = PipeReader.read(good.read(), 10)) {
      EventLoop.shared()
          .watch(
              bad.read(),
              EventLoop.IN,
              e -> {
                calls.incrementAndGet();
                throw new IllegalStateException("thrown by a test");
              });
      write(bad.write(), "x");
      await().until(() -> calls.get() == 1);
      write(good.write(), "fine");
      good.write().close();
      assertThat(reader.bytes().get(30, TimeUnit.SECONDS).text()).isEqualTo("fine");
      assertThat(calls).hasValue(1);
    }
  }

  @Test
  void aLoopOfItsOwnEnds() throws Exception {
    EventLoop loop = new EventLoop("test-loop");
    loop.close();
    await()
        .until(() ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(t -> t.getName().equals("test-loop")));
    loop.close();
    try (Pipe pipe = Pipe.open()) {
      assertThatIllegalStateException()
          .isThrownBy(() -> loop.watch(pipe.read(), EventLoop.IN, e -> {}));
    }
    assertThatIllegalStateException().isThrownBy(() -> EventLoop.shared().close());
  }

  @Test
  void aReaderReadsToTheEndWithinItsLimit() throws Exception {
    try (Pipe pipe = Pipe.open();
        PipeReader reader = PipeReader.read(pipe.read(), 5)) {
      write(pipe.write(), "abc");
      write(pipe.write(), "defgh");
      pipe.write().close();
      Bytes bytes = reader.bytes().get(30, TimeUnit.SECONDS);
      assertThat(bytes.text()).isEqualTo("abcde");
      assertThat(bytes.truncated()).isTrue();
      assertThat(pipe.read().isOpen()).isFalse();
    }
  }

  @Test
  void aClosedReaderGivesWhatItHas() throws Exception {
    try (Pipe pipe = Pipe.open()) {
      PipeReader reader = PipeReader.read(pipe.read(), 100);
      assertThat(reader.bytes()).isNotDone();
      reader.close();
      assertThat(reader.bytes().get(30, TimeUnit.SECONDS).data()).isEmpty();
      assertThat(pipe.read().isOpen()).isFalse();
      reader.close();
    }
  }

  private Fd regularFile() throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      long path = Native.string(arena, dir.resolve("file").toString()).address();
      int createReadWrite = 0x42;
      long number = Native.syscall(Nr.OPENAT, Fd.CWD.number(), path, createReadWrite, 0600);
      return Fd.of((int) Native.check(number, "open", "file"));
    }
  }

  @Test
  void aRegularFileCannotBeWatched() throws Exception {
    try (Fd file = regularFile()) {
      assertThatThrownBy(() -> PipeReader.read(file, 10))
          .isInstanceOfSatisfying(
              LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EPERM));
      assertThat(file.isOpen()).isFalse();
    }
  }
}
