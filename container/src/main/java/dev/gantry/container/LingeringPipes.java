package dev.gantry.container;

import dev.gantry.linux.event.PipeReader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;

/**
 * Pipes that something a command left running may still write to: they are read to nowhere, as a
 * closed pipe would kill the writer. A container cannot take more descriptors than these.
 */
final class LingeringPipes {
  private static final int MOST = 256;

  private static final Deque<PipeReader> LINGERING = new ArrayDeque<>();

  private LingeringPipes() {}

  static void add(PipeReader... readers) {
    Collection<PipeReader> tooMany = new ArrayList<>();
    for (PipeReader reader : readers) {
      reader.letGo();
    }
    synchronized (LINGERING) {
      LINGERING.removeIf(PipeReader::ended);
      LINGERING.addAll(List.of(readers));
      while (LINGERING.size() > MOST) {
        tooMany.add(LINGERING.remove());
      }
    }
    tooMany.forEach(PipeReader::close);
  }
}
