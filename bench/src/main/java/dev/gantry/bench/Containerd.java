package dev.gantry.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A containerd of its own, with its default settings: nothing but its directories is changed. */
final class Containerd implements AutoCloseable {
  private static final int TRIES = 3000;

  private final Process process;
  private final Path socket;

  private Containerd(Process process, Path socket) {
    this.process = process;
    this.socket = socket;
  }

  static boolean installed() {
    return Files.isExecutable(Path.of("/usr/bin/containerd"));
  }

  /** Starts it and waits until it pulls. */
  static Containerd start(Path root, Path state) throws IOException {
    Files.createDirectories(root);
    Files.createDirectories(state);
    Path socket = state.resolve("containerd.sock");
    Path config = root.resolve("config.toml");
    Files.writeString(
        config,
        """
        version = 2
        root = "%s"
        state = "%s"
        [grpc]
        address = "%s"
        [plugins."io.containerd.internal.v1.opt"]
        path = "%s"
        """
            .formatted(root.resolve("root"), state, socket, root.resolve("opt")));
    Process process =
        new ProcessBuilder(List.of("/usr/bin/containerd", "--config", config.toString()))
            .redirectErrorStream(true)
            .redirectOutput(root.resolve("log").toFile())
            .start();
    var containerd = new Containerd(process, socket);
    for (int i = 0; i < TRIES && process.isAlive(); i++) {
      if (Files.exists(socket) && CriContender.answers(containerd.endpoint())) {
        return containerd;
      }
      Programs.sleep(10);
    }
    containerd.close();
    throw new IOException("containerd does not answer; its log is in " + root);
  }

  String endpoint() {
    return "unix://" + socket;
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    if (!Programs.await(process)) {
      process.destroyForcibly();
    }
  }
}
