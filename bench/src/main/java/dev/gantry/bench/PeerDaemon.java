package dev.gantry.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The running daemon of another runtime. */
final class PeerDaemon implements AutoCloseable {
  private static final int TRIES = 3000;

  private final Process process;
  private final String endpoint;

  private PeerDaemon(Process process, String endpoint) {
    this.process = process;
    this.endpoint = endpoint;
  }

  /**
   * Starts it and waits until it answers.
   *
   * @param root what is on a disk, and its log
   * @param state what is on a tmpfs
   * @param registry host and port of the registry it will pull from
   */
  static PeerDaemon start(PullPeer peer, Path root, Path state, String registry)
      throws IOException {
    Files.createDirectories(root);
    Files.createDirectories(state);
    List<String> command = new ArrayList<>(List.of(peer.program().toString()));
    command.addAll(peer.configure(root, state, registry));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(root.resolve("log").toFile());
    Path socket = peer.socket(state);
    var daemon = new PeerDaemon(builder.start(), "unix://" + socket);
    for (int i = 0; i < TRIES && daemon.process.isAlive(); i++) {
      if (Files.exists(socket) && CriContender.answers(daemon.endpoint)) {
        return daemon;
      }
      Programs.sleep(10);
    }
    daemon.close();
    throw new IOException(peer.name() + " does not answer; its log is in " + root);
  }

  String endpoint() {
    return endpoint;
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    if (!Programs.await(process)) {
      process.destroyForcibly();
    }
  }
}
