package dev.gantry.bench;

import dev.gantry.bench.PullImages.Image;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Debian's docker-registry on a free port of loopback. */
final class PullRegistry implements AutoCloseable {
  private static final int TRIES = 1000;

  private final Process process;
  private final int port;

  private PullRegistry(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  static PullRegistry start(Path directory) throws IOException {
    int port;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Path config = directory.resolve("config.yml");
    Files.writeString(
        config,
        """
        version: 0.1
        log: {level: warn, accesslog: {disabled: true}}
        storage: {filesystem: {rootdirectory: %s}}
        http: {addr: '127.0.0.1:%d'}
        """
            .formatted(directory, port));
    Path program = Programs.find("docker-registry", "/usr/bin", "/usr/local/bin");
    Process process =
        new ProcessBuilder(List.of(program.toString(), "serve", config.toString()))
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    for (int i = 0; i < TRIES && process.isAlive(); i++) {
      try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return new PullRegistry(process, port);
      } catch (IOException notYet) {
        Programs.sleep(10);
      }
    }
    process.destroyForcibly();
    throw new IOException("docker-registry does not answer; its log is in " + directory);
  }

  /** Its host and port. */
  String host() {
    return "127.0.0.1:" + port;
  }

  String name(Image image) {
    return host() + "/" + image.name();
  }

  /** Where a blob of an image can be fetched; it lies in a directory named after its digest. */
  String blob(Image image, Path data) {
    Path parent = java.util.Objects.requireNonNull(data.getParent());
    String repository = image.name().substring(0, image.name().indexOf(':'));
    return "http://%s/v2/%s/blobs/sha256:%s".formatted(host(), repository, parent.getFileName());
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    if (!Programs.await(process)) {
      process.destroyForcibly();
    }
  }
}
