package dev.gantry.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildProcessTest {
  @TempDir private Path directory;

  private Path record() {
    return directory.resolve("pid");
  }

  private ChildProcess start(String script) {
    return ChildProcess.start(
        "a shell",
        List.of("sh", "-c", script),
        Map.of("GREETING", "hello"),
        directory.resolve("log"),
        record());
  }

  @AfterEach
  void stop() {
    ChildProcess.find("a shell", record()).ifPresent(ChildProcess::stop);
  }

  @Test
  void itsOutputIsInItsLogAndItIsFoundByItsRecord() {
    ChildProcess child = start("echo $GREETING; echo oops >&2; exec sleep 1000");
    await().until(() -> Logfile.tail(directory.resolve("log"), 5).orElse("").equals("hello\noops"));
    var found = ChildProcess.find("a shell", record());
    assertThat(found).hasValueSatisfying(c -> assertThat(c.pid()).isEqualTo(child.pid()));
    child.stop();
    assertThat(child.alive()).isFalse();
    assertThat(ChildProcess.find("a shell", record())).isEmpty();
  }

  @Test
  void anotherProcessOfThePidIsNotTakenForIt() throws IOException {
    long own = ProcessHandle.current().pid();
    Files.writeString(record(), own + " 12345\n");
    assertThat(ChildProcess.find("a shell", record())).isEmpty();
    Files.writeString(record(), "torn");
    assertThat(ChildProcess.find("a shell", record())).isEmpty();
  }
}
