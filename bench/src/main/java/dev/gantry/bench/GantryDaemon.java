package dev.gantry.bench;

import dev.gantry.cri.channel.CriChannel;
import dev.gantry.cri.v1.StatusRequest;
import dev.gantry.cri.v1.VersionRequest;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The packaged daemon on a workspace. Closing ends its process; its pods go on. */
final class GantryDaemon implements AutoCloseable {
  private static final long START_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long ANSWER_SECONDS = 30;

  private final Workspace workspace;
  private final Process process;
  private final double startMillis;

  private GantryDaemon(Workspace workspace, Process process, double startMillis) {
    this.workspace = workspace;
    this.process = process;
    this.startMillis = startMillis;
  }

  /**
   * Starts it and waits for its first answer.
   *
   * @param home directory of the installed Gantry
   */
  static GantryDaemon start(Workspace workspace, Path home) throws IOException {
    return start(workspace, home, List.of("daemon"));
  }

  /** As {@link #start(Workspace, Path)}, by another command that has a daemon in it. */
  static GantryDaemon start(Workspace workspace, Path home, List<String> arguments)
      throws IOException {
    Path log = workspace.root().resolve("daemon.log");
    List<String> command = new ArrayList<>(List.of(home.resolve("bin/gantry").toString()));
    command.addAll(arguments);
    command.addAll(List.of("--config", workspace.config().toString()));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().remove("NOTIFY_SOCKET");
    long start = System.nanoTime();
    Process process = builder.start();
    try {
      await(process, log, () -> accepts(workspace.socket()));
      try (CriChannel channel = CriChannel.open(workspace.endpoint())) {
        var _ =
            channel
                .runtime()
                .withDeadlineAfter(ANSWER_SECONDS, TimeUnit.SECONDS)
                .version(VersionRequest.getDefaultInstance());
        double millis = (System.nanoTime() - start) / 1e6;
        await(process, log, () -> networkReady(channel));
        return new GantryDaemon(workspace, process, millis);
      }
    } catch (IOException | RuntimeException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  private static void await(Process process, Path log, BooleanSupplier condition)
      throws IOException {
    long deadline = System.nanoTime() + START_NANOS;
    while (!condition.getAsBoolean()) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new IOException("the daemon does not become ready; its log is " + log);
      }
      Programs.sleep(1);
    }
  }

  private static boolean accepts(Path socket) {
    try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return client.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean networkReady(CriChannel channel) {
    return channel
        .runtime()
        .withDeadlineAfter(ANSWER_SECONDS, TimeUnit.SECONDS)
        .status(StatusRequest.getDefaultInstance())
        .getStatus()
        .getConditionsList()
        .stream()
        .allMatch(condition -> condition.getStatus());
  }

  /** From the start of its launcher to its first answer. */
  double startMillis() {
    return startMillis;
  }

  /** Its process; the launcher has become the JVM. */
  long pid() {
    return process.pid();
  }

  Workspace workspace() {
    return workspace;
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    if (!Programs.await(process)) {
      process.destroyForcibly();
    }
  }
}
