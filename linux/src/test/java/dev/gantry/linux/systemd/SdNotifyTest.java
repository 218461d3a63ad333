package dev.gantry.linux.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SdNotifyTest {
  @TempDir Path dir;

  @Test
  void sendsToAPathAndToAnAbstractName() throws Exception {
    for (String name : new String[] {dir.resolve("notify").toString(), "@" + UUID.randomUUID()}) {
      try (Fd manager = listen(name)) {
        assertThat(SdNotify.send(name, "READY=1\nSTATUS=läuft")).isTrue();
        assertThat(receive(manager)).isEqualTo("READY=1\nSTATUS=läuft");
      }
    }
  }

  @Test
  void doesNothingWithoutAManager() throws Exception {
    assertThat(SdNotify.send(null, "READY=1")).isFalse();
    assertThat(SdNotify.send("vsock:2:1234", "READY=1")).isFalse();
    assertThat(SdNotify.ready()).isFalse();
    assertThat(SdNotify.status("x")).isFalse();
    assertThat(SdNotify.stopping()).isFalse();
  }

  @Test
  void saysWhenTheManagerIsGone() {
    assertThatThrownBy(() -> SdNotify.send(dir.resolve("gone").toString(), "READY=1"))
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
    assertThatThrownBy(() -> SdNotify.send("/" + "x".repeat(108), "READY=1"))
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENAMETOOLONG));
  }

  private static Fd listen(String name) throws LinuxException {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (name.startsWith("@")) {
      bytes[0] = 0;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(110, 8);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) 1);
      MemorySegment.copy(bytes, 0, address, ValueLayout.JAVA_BYTE, 2, bytes.length);
      Fd fd = Fd.of((int) Native.check(Native.syscall(Nr.SOCKET, 1, 2, 0), "socket", name));
      long bound = Native.syscall(Nr.BIND, fd.number(), address.address(), 2 + bytes.length);
      Native.check(bound, "bind", name);
      return fd;
    }
  }

  private static String receive(Fd fd) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(1000);
      return Native.text(buffer, 0, (int) fd.read(buffer));
    }
  }
}
