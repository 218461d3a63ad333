package dev.gantry.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
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
  private final Options options;
  private final @Nullable Path othersData;
  private final Thread atExit = new Thread(this::kill);
  private int port;
  private @Nullable Process process;

  /** Whom a registry serves, and how. */
  public static final class Options {
    private boolean login;
    private TestAuthority.@Nullable Pair tls;
    private @Nullable Path clients;
    private @Nullable TokenServer tokens;

    private Options() {}

    /** Serves {@link #USER} with {@link #PASSWORD} only. */
    public Options login() {
      login = true;
      return this;
    }

    /** Speaks TLS and shows this certificate. */
    public Options tls(TestAuthority.Pair certificate) {
      tls = certificate;
      return this;
    }

    /** Serves only who shows a certificate of this authority; needs {@link #tls}. */
    public Options clientsOf(TestAuthority authority) {
      clients = authority.certificate();
      return this;
    }

    /** Serves who brings a token of this server. */
    public Options tokens(TokenServer server) {
      tokens = server;
      return this;
    }

    /** Starts it. */
    public Registry start() {
      return started(new Registry(this, null));
    }
  }

  private Registry(Options options, @Nullable Path othersData) {
    this.options = options;
    this.othersData = othersData;
    this.dirs = new TestDirs();
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /** Starts with a registry that speaks plain HTTP and serves everyone. */
  public static Options options() {
    return new Options();
  }

  /** Starts a registry that serves everyone. */
  public static Registry start() {
    return options().start();
  }

  /** Starts a registry that serves {@link #USER} with {@link #PASSWORD} only. */
  public static Registry startWithLogin() {
    return options().login().start();
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

  /** Returns {@code http://127.0.0.1:port}, or the same with {@code https}. */
  public URI uri() {
    return URI.create((options.tls == null ? "http://" : "https://") + host());
  }

  /** Returns the directory that holds the registry's data. */
  public Path data() {
    return othersData == null ? dirs.dir("data") : othersData;
  }

  /** Pushes an artifact with all it names; returns its name, {@code host/repository:tag}. */
  public String push(String repository, String tag, TestArtifact artifact) {
    if (options.tls != null || options.tokens != null) {
      // By a back door: another process on the same data that asks for nothing.
      try (Registry back = started(new Registry(new Options(), data()))) {
        back.push(repository, tag, artifact);
      }
    } else {
      try (RegistryPush push = client()) {
        push.push(repository, tag, artifact);
      }
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
    return new RegistryPush(uri(), options.login ? TokenServer.basic(USER, PASSWORD) : null);
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
    URI plain = URI.create("http://" + host());
    try (RegistryPush client = new RegistryPush(plain, null)) {
      // Whatever it answers; one that wants TLS says so.
      while (client.status("/v2/") == 0) {
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
    return """
    version: 0.1
    log: {level: warn, accesslog: {disabled: true}}
    storage: {filesystem: {rootdirectory: %s}, delete: {enabled: true}}
    http: {addr: "127.0.0.1:%d"%s}
    %s\
    """
        .formatted(data(), number, tls(), auth());
  }

  private String tls() {
    TestAuthority.Pair pair = options.tls;
    if (pair == null) {
      return "";
    }
    String clients = options.clients == null ? "" : ", clientcas: [" + options.clients + "]";
    return ", tls: {certificate: %s, key: %s%s}".formatted(pair.certificate(), pair.key(), clients);
  }

  private String auth() throws IOException {
    TokenServer tokens = options.tokens;
    if (tokens != null) {
      return "auth: {token: {realm: \"%s\", service: %s, issuer: %s, rootcertbundle: %s}}\n"
          .formatted(tokens.realm(), TokenServer.SERVICE, TokenServer.ISSUER, tokens.certificate());
    }
    if (options.login) {
      Path htpasswd = Files.writeString(dirs.path("htpasswd"), HTPASSWD);
      return "auth: {htpasswd: {realm: gantry-test, path: " + htpasswd + "}}\n";
    }
    return "";
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
