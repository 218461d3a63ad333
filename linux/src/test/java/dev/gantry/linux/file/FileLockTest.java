package dev.gantry.linux.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileLockTest {
  @TempDir Path dir;

  @Test
  void hasOneHolderWhoSaysItsName() throws IOException {
    Path path = dir.resolve("lock");
    try (FileLock lock = FileLock.tryLock(path).orElseThrow()) {
      lock.describe("a long description of pid 123");
      lock.describe("pid 7");
      assertThat(FileLock.tryLock(path)).isEmpty();
      assertThat(FileLock.holder(path)).isEqualTo("pid 7");
    }
    try (FileLock again = FileLock.tryLock(path).orElseThrow()) {
      again.describe("");
      assertThat(FileLock.holder(path)).isEmpty();
    }
  }

  @Test
  void endsWithTheProcessThatHeldIt() throws Exception {
    Path path = Files.createFile(dir.resolve("lock"));
    Process other =
        new ProcessBuilder("flock", "-x", "--no-fork", path.toString(), "sleep", "600").start();
    try {
      Awaitility.await()
          .until(() -> {
            var mine = FileLock.tryLock(path);
            mine.ifPresent(FileLock::close);
            return mine.isEmpty();
          });
    } finally {
      other.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
    try (FileLock lock = FileLock.tryLock(path).orElseThrow()) {
      lock.describe("mine");
    }
  }

  @Test
  void isNotTheLockOfARemovedFile() throws IOException {
    Path path = dir.resolve("lock");
    try (FileLock first = FileLock.tryLock(path).orElseThrow()) {
      Files.delete(path);
      try (FileLock second = FileLock.tryLock(path).orElseThrow()) {
        second.describe("second");
        first.describe("first");
        assertThat(FileLock.holder(path)).isEqualTo("second");
      }
    }
  }
}
