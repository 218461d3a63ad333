package dev.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.gantry.image.Credentials;
import dev.gantry.image.RegistryException;
import dev.gantry.oci.ImageReference;
import dev.gantry.testkit.TestDirs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS as hosts.toml configures it, with certificates made by openssl. */
class TlsTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  private HttpsServer server;
  private boolean wantsClient;

  @BeforeEach
  void start() throws Exception {
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test-ca -keyout ca.key -out ca.pem");
    certificate("server", "ec");
    openssl("pkcs12 -export -in server.pem -inkey server.key -out server.p12 -passout pass:x");
    var store = java.security.KeyStore.getInstance("PKCS12");
    try (var in = Files.newInputStream(dirs.path("server.p12"))) {
      store.load(in, "x".toCharArray());
    }
    var keys = javax.net.ssl.KeyManagerFactory.getInstance("PKIX");
    keys.init(store, "x".toCharArray());
    var trust = javax.net.ssl.TrustManagerFactory.getInstance("PKIX");
    var authorities = java.security.KeyStore.getInstance("PKCS12");
    authorities.load(null, null);
    try (var in = Files.newInputStream(dirs.path("ca.pem"))) {
      authorities.setCertificateEntry(
          "ca", java.security.cert.CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    trust.init(authorities);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters p = context.getDefaultSSLParameters();
            p.setNeedClientAuth(wantsClient);
            parameters.setSSLParameters(p);
          }
        });
    server.createContext(
        "/",
        exchange -> {
          if (exchange.getRequestURI().getPath().endsWith("/away")) {
            exchange.getResponseHeaders().add("Location", "http://elsewhere.example/x");
            exchange.sendResponseHeaders(307, -1);
            exchange.close();
            return;
          }
          byte[] body = "{}".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void certificate(String name, String key) throws Exception {
    String type = key.startsWith("ec") ? "ec -pkeyopt ec_paramgen_curve:P-256" : key;
    openssl(
        "req -newkey %s -nodes -subj /CN=%s -addext subjectAltName=IP:127.0.0.1 -keyout %s.key -out %s.csr"
            .formatted(type, name, name, name));
    openssl(
        "x509 -req -in %s.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -copy_extensions copy -out %s.pem"
            .formatted(name, name));
  }

  private void openssl(String arguments) throws Exception {
    var command = new java.util.ArrayList<>(List.of("openssl"));
    command.addAll(List.of(arguments.split(" ")));
    Process p =
        new ProcessBuilder(command)
            .directory(dirs.base().toFile())
            .redirectErrorStream(true)
            .redirectOutput(dirs.path("openssl.out").toFile())
            .start();
    assertThat(p.waitFor())
        .as(arguments + ": " + Files.readString(dirs.path("openssl.out")))
        .isZero();
  }

  private String host() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  private String fetch(String toml) throws IOException {
    Path directory = Files.createDirectories(dirs.path("certs.d").resolve("registry.example"));
    Files.writeString(directory.resolve("hosts.toml"), toml.replace("HOST", host()));
    for (String file : List.of("ca.pem", "client.pem", "client.key")) {
      if (Files.exists(dirs.path(file)) && !Files.exists(directory.resolve(file))) {
        Files.copy(dirs.path(file), directory.resolve(file));
      }
    }
    return pull("registry.example/app:1");
  }

  private String pull(String name) throws IOException {
    var client =
        new RegistryClient(
            new HostsDirectory(List.of(dirs.path("certs.d"))),
            Duration.ofSeconds(5),
            new RetryPolicy(1, Duration.ofMillis(1), Duration.ofMillis(1)));
    ImageReference reference = ImageReference.parse(name);
    var answer =
        ManifestPuller.byTag(client.open(reference, Credentials.NONE), reference.manifestKey());
    return new String(answer.bytes(), StandardCharsets.UTF_8);
  }

  @Test
  void anUnknownAuthorityIsRefusedAndSaysWhatToDo() {
    assertThatThrownBy(() -> fetch("server = \"https://HOST\""))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("not trusted")
        .hasMessageContaining("name its CA in hosts.toml");
  }

  @Test
  void aConfiguredAuthorityIsTrusted() throws Exception {
    assertThat(fetch("server = \"https://HOST\"\nca = \"ca.pem\"\n")).isEqualTo("{}");
    assertThat(fetch("[host.\"https://HOST\"]\nca = [\"ca.pem\"]\n")).isEqualTo("{}");
  }

  @Test
  void anotherNameIsRefusedUnlessNothingIsVerified() throws Exception {
    String other = "localhost:" + server.getAddress().getPort();
    String toml = "server = \"https://" + other + "\"\nca = \"ca.pem\"\n";
    assertThatThrownBy(() -> fetch(toml)).isInstanceOf(RegistryException.class);
    assertThat(fetch(toml + "skip_verify = true\n")).isEqualTo("{}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rsa:2048", "ec", "rsa pkcs1", "ec sec1"})
  void aClientCertificateIsShown(String kind) throws Exception {
    wantsClient = true;
    certificate("client", kind.startsWith("ec") ? "ec" : "rsa:2048");
    if (kind.equals("rsa pkcs1")) {
      openssl("rsa -in client.key -traditional -out client.key");
    } else if (kind.equals("ec sec1")) {
      openssl("ec -in client.key -out client.key");
    }
    String toml = "server = \"https://HOST\"\nca = \"ca.pem\"\n";
    assertThatThrownBy(() -> fetch(toml)).isInstanceOf(RegistryException.class);
    assertThat(fetch(toml + "client = [[\"client.pem\", \"client.key\"]]\n")).isEqualTo("{}");
  }

  @Test
  void aLoopbackRegistryMaySpeakTls() throws Exception {
    assertThatThrownBy(() -> pull(host() + "/app:1"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("by TLS: its certificate is not trusted");
    Path directory = Files.createDirectories(dirs.path("certs.d").resolve(host()));
    Files.copy(dirs.path("ca.pem"), directory.resolve("ca.crt"));
    assertThat(pull(host() + "/app:1")).isEqualTo("{}");
  }

  @Test
  void aRedirectFromHttpsToHttpIsRefused() throws Exception {
    fetch("server = \"https://HOST\"\nca = \"ca.pem\"");
    assertThatThrownBy(() -> pull("registry.example/app:away"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("refused a redirect from HTTPS to plain http://elsewhere.example");
  }
}
