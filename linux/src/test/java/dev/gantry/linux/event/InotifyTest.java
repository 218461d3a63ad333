package dev.gantry.linux.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.event.Inotify.Event;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InotifyTest {
  @TempDir Path dir;

  @Test
  void renamedFilesAreReportedByName() throws Exception {
    Queue<Event> events = new ConcurrentLinkedQueue<>();
    try (Inotify watch = Inotify.watch(dir, Inotify.MOVED_TO, events::add)) {
      Path temporary = Files.writeString(dir.resolve(".tmp"), "1");
      Files.move(temporary, dir.resolve("übung"), StandardCopyOption.ATOMIC_MOVE);
      await().until(() -> events.size() == 1);
      assertThat(events).containsExactly(new Event(Inotify.MOVED_TO, "übung"));
      assertThat(watch).isNotNull();
    }
    Files.move(dir.resolve("übung"), dir.resolve("later"), StandardCopyOption.ATOMIC_MOVE);
    assertThat(events).hasSize(1);
  }

  @Test
  void severalWatchesOfOneDirectoryGetTheirOwnEvents() throws Exception {
    Queue<Event> made = new ConcurrentLinkedQueue<>();
    Queue<Event> removed = new ConcurrentLinkedQueue<>();
    Inotify first = Inotify.watch(dir, Inotify.CREATE, made::add);
    try (Inotify second = Inotify.watch(dir, Inotify.DELETE, removed::add)) {
      Files.createFile(dir.resolve("a"));
      Files.delete(dir.resolve("a"));
      await().until(() -> made.size() == 1 && removed.size() == 1);
      first.close();
      Files.createFile(dir.resolve("b"));
      Files.delete(dir.resolve("b"));
      await().until(() -> removed.size() == 2);
      assertThat(made).hasSize(1);
      assertThat(second).isNotNull();
    }
  }

  @Test
  void theEndOfTheDirectoryIsReported() throws Exception {
    Path sub = Files.createDirectory(dir.resolve("sub"));
    Queue<Event> events = new ConcurrentLinkedQueue<>();
    try (Inotify watch = Inotify.watch(sub, Inotify.DELETE_SELF, events::add)) {
      Files.delete(sub);
      await().until(() -> events.size() == 2);
      assertThat(events)
          .extracting(Event::mask)
          .containsExactly(Inotify.DELETE_SELF, Inotify.IGNORED);
      assertThat(watch).isNotNull();
    }
    Files.createDirectory(sub);
    Inotify.watch(sub, Inotify.CREATE, events::add).close();
  }

  @Test
  void aFailingConsumerStopsNobodyElse() throws Exception {
    Queue<Event> events = new ConcurrentLinkedQueue<>();
    List<Inotify> watches = new ArrayList<>();
    watches.add(
        Inotify.watch(
            dir,
            Inotify.CREATE,
            e -> {
              throw new IllegalStateException("thrown by a test");
            }));
    watches.add(Inotify.watch(dir, Inotify.CREATE, events::add));
    Files.createFile(dir.resolve("a"));
    Files.createFile(dir.resolve("b"));
    await().until(() -> events.size() == 2);
    watches.forEach(Inotify::close);
  }

  @Test
  void whatIsNoDirectoryIsNamed() throws Exception {
    Path file = Files.createFile(dir.resolve("file"));
    assertThatThrownBy(() -> Inotify.watch(dir.resolve("gone"), Inotify.CREATE, e -> {}))
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT))
        .hasMessageContaining(dir + "/gone");
    assertThatThrownBy(() -> Inotify.watch(file, Inotify.CREATE, e -> {}))
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOTDIR));
  }
}
