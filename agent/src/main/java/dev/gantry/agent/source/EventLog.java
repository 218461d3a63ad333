package dev.gantry.agent.source;

import dev.gantry.agent.api.Event;
import dev.gantry.agent.api.Json;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Events in a file, one JSON object a line, each written as it happens, so that a kill loses none.
 * An event that repeats has a line each time; the file is written anew from those that are still
 * known when it has {@value #MOST_LINES} lines. Not synced: events tell of this boot's pods. One
 * caller at a time.
 */
public final class EventLog implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(EventLog.class.getName());
  private static final int MOST_LINES = 8_000;
  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rw-------");

  private final Path file;
  private @Nullable OutputStream out;
  private int lines;

  /** A log that need not be there yet. */
  public EventLog(Path file) {
    this.file = file;
  }

  /**
   * What it holds, in order; a line that cannot be read, as the last one after a crash, is none.
   */
  public List<Event> read() throws IOException {
    List<Event> events = new ArrayList<>();
    if (!Files.exists(file)) {
      return events;
    }
    try (Stream<String> all = Files.lines(file, StandardCharsets.UTF_8)) {
      all.forEach(line -> {
        lines++;
        try {
          events.add(ObjectCodec.record(Event.class, line));
        } catch (IllegalArgumentException e) {
          LOG.log(Level.DEBUG, () -> "a line of " + file + " is not an event: " + line);
        }
      });
    } catch (java.io.UncheckedIOException e) {
      throw new IOException("read events " + file + ": " + e.getMessage(), e);
    }
    return events;
  }

  /** Adds an event; {@code known} are all that are worth keeping, this one too. */
  public void append(Event event, Collection<Event> known) {
    try {
      if (lines >= MOST_LINES) {
        rewrite(known);
      } else {
        // The line break comes first: it ends what a crash may have cut off.
        open().write(("\n" + Json.write(event)).getBytes(StandardCharsets.UTF_8));
        lines++;
      }
    } catch (IOException e) {
      LOG.log(Level.WARNING, "event not kept in " + file + ": " + e.getMessage(), e);
    }
  }

  private void rewrite(Collection<Event> known) throws IOException {
    close();
    Path next = file.resolveSibling("." + file.getFileName());
    StringBuilder text = new StringBuilder();
    known.forEach(e -> text.append(Json.write(e)).append('\n'));
    Files.writeString(next, text);
    Files.setPosixFilePermissions(next, OWNER);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    lines = known.size();
  }

  /** A stream and no channel: an interrupt of the thread that writes would close that. */
  private OutputStream open() throws IOException {
    OutputStream stream = out;
    if (stream == null) {
      if (!Files.exists(file)) {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(OWNER));
      }
      stream = new FileOutputStream(file.toFile(), true);
      out = stream;
    }
    return stream;
  }

  @Override
  public void close() throws IOException {
    OutputStream stream = out;
    out = null;
    if (stream != null) {
      stream.close();
    }
  }
}
