package dev.gantry.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class NativeTest {
  @Test
  void answersAsTheKernelDoes() throws Exception {
    assertThat(Native.syscall(Nr.GETPID)).isEqualTo(ProcessHandle.current().pid());
    assertThat(Native.failedWith(Native.syscall(Nr.CLOSE, 1 << 20), Errno.EBADF)).isTrue();
    Thread virtual =
        Thread.ofVirtual().start(() -> assertThat(Native.syscall(Nr.CLOSE, 1 << 20)).isEqualTo(-9));
    virtual.join();
  }

  @Test
  void saysWhatFailedAndWhy() {
    assertThatThrownBy(() -> Native.check(-28, "mount overlay on", "/x"))
        .isInstanceOfSatisfying(
            LinuxException.class,
            e -> {
              assertThat(e).hasMessage("mount overlay on /x: ENOSPC: No space left on device");
              assertThat(e.errno()).isEqualTo(Errno.ENOSPC);
              assertThat(e.subject()).isEqualTo("/x");
            });
    LinuxException unknown = new LinuxException("open", "/y", 4095);
    assertThat(unknown.errno()).isEqualTo(Errno.UNKNOWN);
    assertThat(unknown.number()).isEqualTo(4095);
    assertThat(unknown).hasMessage("open /y: errno 4095");
  }

  @Test
  void refusesNamesWithNulInside() {
    try (Arena arena = Arena.ofConfined()) {
      assertThatThrownBy(() -> Native.string(arena, "/etc/pass\0wd"))
          .isInstanceOfSatisfying(
              LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
    }
  }

  @Test
  void keepsEveryNameThroughText() {
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      byte[] name = new byte[random.nextInt(12)];
      random.nextBytes(name);
      assertThat(FileName.toBytes(FileName.toString(name))).isEqualTo(name);
    }
    for (String text : new String[] {"", "plain", "größe", "日本", "😀 x", "\u07ff\u0800\uffff"}) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      assertThat(FileName.toString(utf8)).isEqualTo(text);
      assertThat(FileName.toBytes(text)).isEqualTo(utf8);
    }
  }

  @Test
  void descriptorReadsWritesAndClosesOnce() throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pair = arena.allocate(8, 4);
      Native.check(Native.syscall(Nr.PIPE2, pair.address(), 02000000), "make", "pipe");
      Fd read = Fd.of(pair.get(ValueLayout.JAVA_INT, 0));
      Fd write = Fd.of(pair.get(ValueLayout.JAVA_INT, 4));
      byte[] data = new byte[40_000];
      new Random(1).nextBytes(data);
      try (var out = write.output()) {
        out.write(data);
        out.write(42);
      }
      assertThat(write.isOpen()).isFalse();
      write.close();
      assertThatThrownBy(write::number).isInstanceOf(IllegalStateException.class);
      try (var in = read.input()) {
        assertThat(in.readNBytes(40_000)).isEqualTo(data);
        assertThat(in.read()).isEqualTo(42);
        assertThat(in.read()).isEqualTo(-1);
      }
    }
  }

  @Test
  void knowsTheBoot() {
    assertThat(Boot.id()).matches("[0-9a-f-]{36}").isEqualTo(Boot.id());
    assertThat(Boot.kernelRelease())
        .isEqualTo(System.getProperty("os.version"))
        .startsWith(Boot.kernelMajor() + "." + Boot.kernelMinor());
    assertThat(Boot.kernelAtLeast(3, 99)).isTrue();
    assertThat(Boot.kernelAtLeast(99, 0)).isFalse();
  }
}
