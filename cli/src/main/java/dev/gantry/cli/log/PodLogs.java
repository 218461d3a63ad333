package dev.gantry.cli.log;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStatus;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** Shows the logs of containers: one after the other, or all at once while they are followed. */
public final class PodLogs {
  // What kubectl follows at most; each is a thread and a file.
  private static final int MOST = 50;

  private final CriClient client;
  private final LogOptions options;
  private final boolean previous;
  private final boolean prefix;
  private final PrintStream out;
  private final PrintStream err;
  private final ReentrantLock turn = new ReentrantLock();

  /**
   * Prepares to show logs.
   *
   * @param previous those of the instances before the present ones
   * @param prefix put the pod's and the container's name before each line
   */
  public PodLogs(
      CriClient client,
      LogOptions options,
      boolean previous,
      boolean prefix,
      PrintStream out,
      PrintStream err) {
    this.client = client;
    this.options = options;
    this.previous = previous;
    this.prefix = prefix;
    this.out = out;
    this.err = err;
  }

  /**
   * A container whose log is wanted.
   *
   * @param pod its pod's name; empty when it is not known
   */
  public record Source(String pod, String container, String id) {}

  /** Shows them. */
  public void show(List<Source> sources) {
    if (sources.size() == 1) {
      Source only = sources.getFirst();
      (prefix ? framed(only) : reader(only, out, err)).show();
    } else if (options.follow()) {
      follow(sources);
    } else {
      sources.forEach(source -> framed(source).show());
    }
  }

  private void follow(List<Source> sources) {
    if (sources.size() > MOST) {
      throw CliFailure.of("follow the logs of " + sources.size() + " containers: too many")
          .advise("choose at most " + MOST + " with a selector, or leave out --follow");
    }
    List<Thread> threads = new ArrayList<>();
    for (Source source : sources) {
      threads.add(Thread.ofVirtual().name("log " + source.container()).start(() -> one(source)));
    }
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CliFailure.of("follow logs: interrupted", e);
    }
  }

  private void one(Source source) {
    try {
      framed(source).show();
    } catch (CliFailure e) {
      err.println("gantry: " + e.text());
    }
  }

  private LogReader framed(Source source) {
    return reader(source, lines(source, out), lines(source, err));
  }

  private LogReader reader(Source source, PrintStream to, PrintStream errors) {
    Path log = path(source, Calls.containerStatus(client, source.id(), false).getStatus());
    return new LogReader(log, options, () -> isRunning(client, source.id()), to, errors);
  }

  private PrintStream lines(Source source, PrintStream to) {
    String head = prefix ? "[pod/" + source.pod() + "/" + source.container() + "] " : "";
    return new PrintStream(new WholeLines(to, head), true, StandardCharsets.UTF_8);
  }

  /** Hands on whole lines only, so that those of several containers do not mix. */
  private final class WholeLines extends FilterOutputStream {
    private static final int LONGEST = 64 << 10;
    private final PrintStream target;
    private final byte[] head;
    private final java.io.ByteArrayOutputStream line = new java.io.ByteArrayOutputStream();

    WholeLines(PrintStream to, String head) {
      super(to);
      this.target = to;
      this.head = head.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void write(int b) throws IOException {
      line.write(b);
      if (b == '\n' || line.size() > LONGEST) {
        turn.lock();
        try {
          out.write(head);
          line.writeTo(out);
          out.flush();
          if (target.checkError()) {
            throw new IOException("nobody reads any more");
          }
        } finally {
          turn.unlock();
        }
        line.reset();
      }
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      for (int i = from; i < from + length; i++) {
        write(bytes[i]);
      }
    }

    @Override
    public void flush() {
      // A line that has not ended waits for its end.
    }
  }

  private Path path(Source source, ContainerStatus status) {
    if (status.getLogPath().isEmpty()) {
      throw CliFailure.of(
              "logs of container " + source.container() + ": it was made without a log file")
          .advise("its configuration needs log_path, that of its pod log_directory");
    }
    Path log = Path.of(status.getLogPath());
    if (!previous) {
      return log;
    }
    int attempt = status.getMetadata().getAttempt();
    if (attempt == 0) {
      throw CliFailure.of(
          "logs of container " + source.container() + ": it has no previous instance");
    }
    // The kubelet names logs by attempt: <container>/<attempt>.log.
    String name = String.valueOf(log.getFileName());
    String extension = name.contains(".") ? name.substring(name.lastIndexOf('.')) : "";
    return log.resolveSibling(Integer.toUnsignedString(attempt - 1) + extension);
  }

  /** Whether a container may write more. */
  public static boolean isRunning(CriClient client, String id) {
    try {
      ContainerState state = Calls.containerStatus(client, id, false).getStatus().getState();
      return state == ContainerState.CONTAINER_RUNNING || state == ContainerState.CONTAINER_CREATED;
    } catch (CliFailure e) {
      return false; // it was removed, or the runtime is gone: nobody will tell of its end
    }
  }
}
