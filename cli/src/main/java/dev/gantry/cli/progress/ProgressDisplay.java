package dev.gantry.cli.progress;

import dev.gantry.cli.Session;
import dev.gantry.cli.output.Human;
import dev.gantry.cli.output.Terminal;
import dev.gantry.cri.gantry.LayerProgress;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * Shows a transfer on standard error from its making until {@link #close}: bars that are redrawn in
 * place on a terminal, elsewhere a line now and then. After each frame the cursor stands below it,
 * so that a process that is ended at any moment leaves the terminal as it should be.
 */
public final class ProgressDisplay implements AutoCloseable {
  private static final long REDRAW_MILLIS = 100;
  private static final long RESIZE_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long PLAIN_NANOS = Duration.ofSeconds(5).toNanos();

  private final Session session;
  private final String title;
  private final boolean drawing;
  private final boolean unicode;
  private final Transfer transfer = new Transfer();
  private final long began = System.nanoTime();
  private final Thread ticker = Thread.ofPlatform().daemon().name("progress").unstarted(this::tick);
  private Terminal.Size size = Terminal.Size.USUAL;
  private long sized = began - RESIZE_NANOS;
  private long told = began;
  private List<String> shown = List.of();
  private int drawn;
  private boolean open = true;

  private ProgressDisplay(Session session, String title) {
    this.session = session;
    this.title = title;
    this.drawing = session.terminal().errorSize().isPresent();
    Charset charset = session.err().charset();
    this.unicode = charset.newEncoder().canEncode('━');
  }

  /**
   * Begins.
   *
   * @param title verb and object, as {@code pulling busybox}
   */
  public static ProgressDisplay start(Session session, String title) {
    var display = new ProgressDisplay(session, title);
    display.ticker.start();
    return display;
  }

  /** Takes how the transfer is now; does not wait for anything. */
  public synchronized void update(String host, List<LayerProgress> layers) {
    transfer.update(System.nanoTime(), host, layers);
  }

  private void tick() {
    try {
      while (true) {
        Thread.sleep(REDRAW_MILLIS);
        if (drawing) {
          measure();
        }
        synchronized (this) {
          if (!open) {
            return;
          }
          show();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // Not under the lock: it asks another program.
  private void measure() {
    long now = System.nanoTime();
    if (now - sized >= RESIZE_NANOS) {
      sized = now;
      session.terminal().errorSize().ifPresent(s -> size = s);
    }
  }

  private void show() {
    if (drawing) {
      draw(new Frame(size.columns(), size.rows(), unicode).lines(title, transfer));
    } else if (System.nanoTime() - told >= PLAIN_NANOS && !transfer.layers().isEmpty()) {
      told = System.nanoTime();
      session.err().println("gantry: " + title + ": " + Frame.summary(transfer));
    }
  }

  private void draw(List<String> lines) {
    if (lines.equals(shown)) {
      return;
    }
    shown = lines;
    StringBuilder text = new StringBuilder(up(drawn));
    for (String line : lines) {
      text.append(line).append("\033[K\n");
    }
    // What a taller frame left below.
    text.append(lines.size() < drawn ? "\033[J" : "");
    drawn = lines.size();
    session.err().print(text);
    session.err().flush();
  }

  private static String up(int lines) {
    return lines == 0 ? "\r" : "\r\033[" + lines + "A";
  }

  /** What was transferred: {@code 12 layers, 150.2MB in 8.2s (18.3MB/s)}; empty for nothing. */
  public synchronized String result() {
    double seconds = (System.nanoTime() - began) / 1e9;
    long bytes = transfer.begun();
    if (bytes <= 0) {
      return "";
    }
    return String.format(
        Locale.ROOT,
        "%s, %s in %.1fs (%s)",
        Human.count(transfer.layers().size(), "layer"),
        Human.size(bytes),
        seconds,
        Frame.rate(bytes / seconds));
  }

  /** Whether a person watches. */
  public boolean drawing() {
    return drawing;
  }

  /** Ends, and takes the last frame off the terminal. */
  @Override
  public synchronized void close() {
    if (open) {
      open = false;
      if (drawn > 0) {
        session.err().print(up(drawn) + "\033[J");
        session.err().flush();
      }
    }
  }

  /** Ends and leaves the last frame where it is. */
  public synchronized void freeze() {
    open = false;
  }
}
