package dev.gantry.linux.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.OpenFlags;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SealedProgramTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir Path directory;

  @Test
  void runsInPlaceOfWhatTheArgumentsBeginWith() throws Exception {
    try (SealedProgram copy = SealedProgram.of(Path.of("/bin/sh").toRealPath())) {
      Spawn.Result result =
          Spawn.of(
                  "/no/such/shell",
                  "-c",
                  "readlink /proc/$$/exe; echo $0; tr '\\0' ' ' </proc/$$/cmdline",
                  "zero")
              .executing(copy.path())
              .env("PATH", "/usr/bin:/bin")
              .run(LONG, 4096);

      assertThat(result.stdoutText().lines())
          .satisfiesExactly(
              exe -> assertThat(exe).startsWith("/memfd:"),
              name -> assertThat(name).isEqualTo("zero"),
              line -> assertThat(line).startsWith("/no/such/shell -c"));
    }
  }

  @Test
  void nobodyCanWriteToIt() throws Exception {
    Path original = Path.of("/bin/true").toRealPath();
    try (SealedProgram copy = SealedProgram.of(original)) {
      assertThat(copy.path()).hasSameBinaryContentAs(original);
      try (Fd writable = At.open(At.CWD, copy.path().toString(), OpenFlags.RDWR, 0)) {
        assertThatThrownBy(() -> At.truncate(writable, 0))
            .isInstanceOfSatisfying(
                LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EPERM));
      }
    }
  }

  @Test
  void isGoneWhenItIsClosed() throws Exception {
    SealedProgram copy = SealedProgram.of(Path.of("/bin/true").toRealPath());
    copy.close();

    assertThatThrownBy(() -> Spawn.of("true").executing(copy.path()).start())
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining(copy.path().toString());
  }

  @Test
  void aScriptIsNotCopied() throws Exception {
    Path script = Files.writeString(directory.resolve("script"), "#!/bin/sh\necho $0\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));

    assertThatThrownBy(() -> SealedProgram.of(script))
        .isInstanceOf(IOException.class)
        .hasMessage(script + ": not an ELF program");
    assertThatThrownBy(() -> SealedProgram.of(directory.resolve("none")))
        .isInstanceOf(IOException.class);
  }
}
