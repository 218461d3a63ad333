package dev.gantry.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.Probe;
import dev.gantry.agent.runtime.PodRuntime;
import dev.gantry.agent.runtime.RuntimeCallException;
import dev.gantry.agent.worker.TestPods;
import dev.gantry.testkit.TestAuthority;
import io.grpc.Status.Code;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One question of each kind, to real servers. */
final class ProberTest {
  private static final String HERE = "127.0.0.1";

  @TempDir Path dir;
  private final List<URI> asked = new CopyOnWriteArrayList<>();
  private final List<Headers> headers = new CopyOnWriteArrayList<>();
  private final CountDownLatch over = new CountDownLatch(1);
  private HttpServer http;

  @SuppressWarnings("NullAway.Init")
  ProberTest() {}

  @BeforeEach
  void serve() throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    listen(http);
  }

  private void listen(HttpServer server) {
    server.createContext("/", this::answer);
    server.setExecutor(task -> Thread.ofVirtual().start(task));
    server.start();
  }

  @AfterEach
  void stop() {
    over.countDown();
    http.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    asked.add(exchange.getRequestURI());
    headers.add(exchange.getRequestHeaders());
    String path = exchange.getRequestURI().getPath();
    int status = path.matches("/\\d+") ? Integer.parseInt(path.substring(1)) : 200;
    switch (path) {
      case "/moved" -> redirect(exchange, "/200");
      case "/away" -> redirect(exchange, "http://192.0.2.1/");
      case "/round" -> redirect(exchange, "/round");
      case "/slow" -> {
        try {
          over.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
      default -> {
        byte[] body =
            "x".repeat(path.equals("/long") ? 100_000 : 3).getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
      }
    }
    exchange.close();
  }

  private static void redirect(HttpExchange exchange, String location) throws IOException {
    exchange.getResponseHeaders().add("Location", location);
    exchange.sendResponseHeaders(302, -1);
  }

  /** A container with this as its readiness probe, and the port of the server by its name. */
  private Container container(String probe) {
    return TestPods.of(
            """
            containers:
            - name: web
              image: i
              ports: [{name: http, containerPort: %d}]
              readinessProbe: %s
            """
                .formatted(http.getAddress().getPort(), probe))
        .spec()
        .containers()
        .getFirst();
  }

  private Outcome ask(String probe, PodRuntime runtime) {
    Container container = container(probe);
    Probe readiness = Objects.requireNonNull(container.readinessProbe());
    return new Prober(runtime).ask(readiness, container, "id", HERE);
  }

  private Outcome ask(String probe) {
    return ask(probe, runtime(0, ""));
  }

  /** One that runs commands, and nothing else. */
  private static PodRuntime runtime(int code, String output) {
    return runtime(() -> new PodRuntime.ExecResult(code, output));
  }

  private static PodRuntime runtime(java.util.function.Supplier<PodRuntime.ExecResult> exec) {
    return (PodRuntime)
        Proxy.newProxyInstance(
            PodRuntime.class.getClassLoader(),
            new Class<?>[] {PodRuntime.class},
            (proxy, method, arguments) -> {
              assertThat(method.getName()).isEqualTo("exec");
              return exec.get();
            });
  }

  @Test
  void aCommandsExitCodeIsTheAnswer() {
    String probe = "{exec: {command: [check]}}";
    assertThat(ask(probe, runtime(0, "fine"))).isEqualTo(Outcome.success("fine"));
    assertThat(ask(probe, runtime(3, "bad"))).isEqualTo(Outcome.failure("bad"));
    PodRuntime slow = runtime(() -> failing(Code.DEADLINE_EXCEEDED));
    assertThat(ask(probe, slow).text()).startsWith("command timed out: ");
    PodRuntime away = runtime(() -> failing(Code.UNAVAILABLE));
    assertThatThrownBy(() -> ask(probe, away))
        .as("a runtime that is away says nothing about the container")
        .isInstanceOf(RuntimeCallException.class);
  }

  private static PodRuntime.ExecResult failing(Code code) {
    throw new RuntimeCallException("exec", code, "no answer", new IllegalStateException());
  }

  @Test
  void statusesFrom200To399AreGood() {
    for (int good : new int[] {200, 204, 299, 399}) {
      assertThat(ask("{httpGet: {path: /" + good + ", port: http}, timeoutSeconds: 30}").success())
          .isTrue();
    }
    for (int bad : new int[] {400, 404, 500, 503}) {
      assertThat(ask("{httpGet: {path: /" + bad + ", port: http}}"))
          .isEqualTo(Outcome.failure("HTTP probe failed with statuscode: " + bad));
    }
  }

  @Test
  void aRequestIsAsTheKubeletsAndAsItIsAskedFor() {
    ask(
        "{httpGet: {path: '/a?b=c', port: http, httpHeaders: [{name: Host, value: web.example}, {name: X-One, value: '1'}]}}");
    assertThat(asked).containsExactly(URI.create("/a?b=c"));
    Map<String, List<String>> sent = headers.getFirst();
    assertThat(sent.get("Host")).containsExactly("web.example");
    assertThat(sent.get("X-one")).containsExactly("1");
    assertThat(sent.get("User-agent")).containsExactly("kube-probe/1.36");
    assertThat(sent.get("Accept")).containsExactly("*/*");
  }

  @Test
  void redirectsAreFollowedWithinTheHost() {
    assertThat(ask("{httpGet: {path: /moved, port: http}, timeoutSeconds: 30}").success()).isTrue();
    assertThat(asked).hasSize(2);
    Outcome away = ask("{httpGet: {path: /away, port: http}}");
    assertThat(away.success()).isTrue();
    assertThat(away.warning()).isTrue();
    assertThat(ask("{httpGet: {path: /round, port: http}, timeoutSeconds: 30}").text())
        .endsWith(": stopped after 10 redirects");
  }

  @Test
  void ofAnAnswerLittleIsRead() {
    assertThat(ask("{httpGet: {path: /long, port: http}, timeoutSeconds: 30}").text())
        .hasSize(10 * 1024);
  }

  @Test
  void whoeverDoesNotAnswerInTimeHasFailed() {
    assertThat(ask("{httpGet: {path: /slow, port: http}, timeoutSeconds: 1}").text())
        .contains("context deadline exceeded");
  }

  @Test
  void aCertificateIsNotVerified() throws Exception {
    HttpsServer https =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    https.setHttpsConfigurator(new HttpsConfigurator(tls()));
    listen(https);
    try {
      int port = https.getAddress().getPort();
      assertThat(
              ask("{httpGet: {scheme: HTTPS, path: /200, port: " + port + "}, timeoutSeconds: 30}")
                  .success())
          .isTrue();
      assertThat(ask("{httpGet: {path: /200, port: " + port + "}}").success()).isFalse();
    } finally {
      https.stop(0);
    }
  }

  /** Of a name and an authority that nobody here knows. */
  private SSLContext tls() throws Exception {
    TestAuthority.Pair pair = TestAuthority.make(dir, "nobody").expiredServer("other");
    String key = Files.readString(pair.key()).replaceAll("-----[A-Z ]+-----|\\s", "");
    Certificate certificate;
    try (var in = Files.newInputStream(pair.certificate())) {
      certificate = CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "server",
        KeyFactory.getInstance("EC")
            .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(key))),
        new char[0],
        new Certificate[] {certificate});
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  @Test
  void aPortIsOpenOrNot() throws IOException {
    assertThat(ask("{tcpSocket: {port: http}, timeoutSeconds: 30}").success()).isTrue();
    int closed;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    assertThat(ask("{tcpSocket: {port: " + closed + "}}"))
        .isEqualTo(
            Outcome.failure("dial tcp 127.0.0.1:" + closed + ": connect: connection refused"));
    assertThat(ask("{httpGet: {port: " + closed + "}}").text())
        .isEqualTo(
            "Get \"http://127.0.0.1:%d/\": dial tcp 127.0.0.1:%d: connect: connection refused"
                .formatted(closed, closed));
  }

  @Test
  void aPortThatNobodyNamedIsNoAnswer() {
    assertThatThrownBy(() -> ask("{tcpSocket: {port: metrics}}"))
        .hasMessage("couldn't find port: \"metrics\" in container web");
  }
}
