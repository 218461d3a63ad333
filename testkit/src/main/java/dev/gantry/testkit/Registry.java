package dev.gantry.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Debian's {@code docker-registry} on a free loopback port with a directory of its own. */
public final class Registry implements AutoCloseable {
  /** The user of a registry that wants one. */
  public static final String USER = "gantry";

  /** The password of {@link #USER}. */
  public static final String PASSWORD = "secret";

  private static final String HTPASSWD =
      "gantry:$2b$04$NCnGmkqr6syVPsMkYe7fQenCNE8d/n3AiFCeTs26DzBhj1NXRNSHG\n";
  private static final int ATTEMPTS = 5;
  private static final long POLL_MILLIS = 20;
  private static final long START_SECONDS = 30;

  private final TestDirs dirs;
  private final boolean login;
  private final Thread atExit = new Thread(this::kill);
  private int port;
  private @Nullable Process process;

  private Registry(boolean login) {
    this.login = login;
    this.dirs = new TestDirs();
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /** Starts a registry that serves everyone. */
  public static Registry start() {
    return started(new Registry(false));
  }

  /** Starts a registry that serves {@link #USER} with {@link #PASSWORD} only. */
  public static Registry startWithLogin() {
    return started(new Registry(true));
  }

  private static Registry started(Registry registry) {
    try {
      registry.launch();
      return registry;
    } catch (RuntimeException e) {
      registry.close();
      throw e;
    }
  }

  /** Returns {@code 127.0.0.1:port}, the host of image names on this registry. */
  public String host() {
    return "127.0.0.1:" + port;
  }

  /** Returns {@code http://127.0.0.1:port}. */
  public URI uri() {
    return URI.create("http://" + host());
  }

  /** Returns the directory that holds the registry's data. */
  public Path data() {
    return dirs.dir("data");
  }

  /** Pushes an artifact with all it names; returns its name, {@code host/repository:tag}. */
  public String push(String repository, String tag, TestArtifact artifact) {
    try (RegistryPush push = client()) {
      push.push(repository, tag, artifact);
    }
    return host() + "/" + repository + ":" + tag;
  }

  /** Ends the process; images stay, and {@link #restart} serves them on the same port. */
  public void stop() {
    kill();
  }

  /** Starts the process again after {@link #stop}. */
  public void restart() {
    launchOn(port);
  }

  /** Ends the process and removes its data. */
  @Override
  public void close() {
    kill();
    dirs.close();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The JVM is ending; the hook, which finds nothing left to do, cannot be taken back.
      return;
    }
  }

  private RegistryPush client() {
    String credentials =
        Base64.getEncoder()
            .encodeToString((USER + ":" + PASSWORD).getBytes(StandardCharsets.US_ASCII));
    return new RegistryPush(uri(), login ? "Basic " + credentials : null);
  }

  /** Another process may take the free port first, so this tries some. */
  private void launch() {
    for (int attempt = 1; ; attempt++) {
      port = freePort();
      try {
        launchOn(port);
        return;
      } catch (IllegalStateException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private void launchOn(int number) {
    Path log = dirs.path("log");
    try {
      Path config = Files.writeString(dirs.path("config.yml"), configuration(number));
      process =
          new ProcessBuilder(
                  Commands.find("docker-registry").toString(), "serve", config.toString())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .redirectInput(Path.of("/dev/null").toFile())
              .start();
      awaitAnswer(process, log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private void awaitAnswer(Process started, Path log) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    try (RegistryPush client = client()) {
      while (client.status("/v2/") != 200) {
        if (!started.isAlive() || System.nanoTime() > deadline) {
          kill();
          throw new IllegalStateException("docker-registry: " + Files.readString(log));
        }
        Thread.sleep(POLL_MILLIS);
      }
    }
    if (!started.isAlive()) {
      throw new IllegalStateException("port " + port + " is another's");
    }
  }

  private String configuration(int number) throws IOException {
    String auth = "";
    if (login) {
      Path htpasswd = Files.writeString(dirs.path("htpasswd"), HTPASSWD);
      auth = "auth: {htpasswd: {realm: gantry-test, path: " + htpasswd + "}}\n";
    }
    return """
    version: 0.1
    log: {level: warn, accesslog: {disabled: true}}
    storage: {filesystem: {rootdirectory: %s}, delete: {enabled: true}}
    http: {addr: "127.0.0.1:%d"}
    %s\
    """
        .formatted(data(), number, auth);
  }

  private synchronized void kill() {
    Process running = process;
    if (running == null) {
      return;
    }
    process = null;
    running.destroyForcibly();
    try {
      running.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
