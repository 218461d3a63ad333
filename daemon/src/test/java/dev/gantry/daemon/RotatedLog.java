package dev.gantry.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.ReopenContainerLogRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A container's log that is rotated as the kubelet does it: renamed, then opened anew. */
final class RotatedLog {
  private final TestContainer container;
  private final List<Path> old = new ArrayList<>();

  RotatedLog(TestContainer container) {
    this.container = container;
  }

  void rename() throws IOException {
    Path next = container.log().resolveSibling("main.log." + old.size());
    Files.move(container.log(), next);
    old.add(next);
  }

  void renameBack() throws IOException {
    Files.move(old.removeLast(), container.log());
  }

  void reopen() {
    var _ =
        container
            .pod
            .node
            .runtime()
            .reopenContainerLog(
                ReopenContainerLogRequest.newBuilder().setContainerId(container.id).build());
  }

  /** How often it was renamed. */
  int rotations() {
    return old.size();
  }

  /** Puts the last renamed file on another disk, which makes room on this one. */
  void moveAway(Path directory) throws IOException {
    Path file = old.removeLast();
    Path moved = directory.resolve(file.getFileName());
    Files.copy(file, moved);
    Files.delete(file);
    old.add(moved);
  }

  /** What the container wrote, put together from the lines of all files. */
  byte[] written() throws IOException {
    var all = new ByteArrayOutputStream();
    var files = new ArrayList<>(old);
    files.add(container.log());
    for (Path file : files) {
      byte[] log = Files.readAllBytes(file);
      int start = 0;
      for (int i = 0; i < log.length; i++) {
        if (log[i] == '\n') {
          append(log, start, i, all);
          start = i + 1;
        }
      }
      assertThat(start).as("the last line of " + file).isEqualTo(log.length);
    }
    return all.toByteArray();
  }

  /** {@code <time> <stream> <F or P> <bytes>}, of which P goes on in the next line. */
  private static void append(byte[] log, int start, int end, ByteArrayOutputStream all) {
    int at = start;
    for (int spaces = 0; spaces < 3; at++) {
      spaces += log[at] == ' ' ? 1 : 0;
    }
    assertThat(new String(log, start, at - start, StandardCharsets.ISO_8859_1))
        .matches("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+[+-]\\d\\d:\\d\\d std(out|err) [FP] ");
    all.write(log, at, end - at);
    if (log[at - 2] == 'F') {
      all.write('\n');
    }
  }
}
