package dev.gantry.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The registry behind TLS and behind a token server is the real one, and insists on both. */
class RegistryDoorsTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";

  private final TestImage image = TestImage.builder().layer(TarEntry.file("a", "a")).build();

  private static HttpClient trusting(Path authority) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (InputStream in = Files.newInputStream(authority)) {
      store.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return HttpClient.newBuilder().sslContext(context).build();
  }

  private static HttpResponse<String> get(HttpClient client, URI uri, String authorization)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).header("Accept", "*/*, " + MANIFEST);
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  @Test
  void tls() throws Exception {
    TestAuthority authority = TestAuthority.make(dirs.dir("ca"), "test-ca");
    try (Registry registry = Registry.options().tls(authority.server("registry")).start();
        HttpClient client = trusting(authority.certificate());
        HttpClient stranger = HttpClient.newHttpClient()) {
      registry.push("app", "1", image);
      URI manifest = registry.uri().resolve("/v2/app/manifests/1");
      assertThat(manifest.getScheme()).isEqualTo("https");
      assertThat(get(client, manifest, "").statusCode()).isEqualTo(200);
      assertThatThrownBy(() -> get(stranger, manifest, ""))
          .isInstanceOf(SSLHandshakeException.class);
    }
    try (Registry registry =
            Registry.options()
                .tls(authority.server("strict"))
                .clientsOf(authority)
                .login()
                .start();
        HttpClient client = trusting(authority.certificate())) {
      assertThatThrownBy(() -> get(client, registry.uri().resolve("/v2/"), ""))
          .isInstanceOf(IOException.class);
    }
    try (Registry registry = Registry.options().tls(authority.expiredServer("old")).start();
        HttpClient client = trusting(authority.certificate())) {
      assertThatThrownBy(() -> get(client, registry.uri().resolve("/v2/"), ""))
          .isInstanceOf(SSLHandshakeException.class)
          .hasStackTraceContaining("expired");
    }
  }

  private static String token(HttpClient client, URI uri, String authorization) throws Exception {
    HttpResponse<String> answer = get(client, uri, authorization);
    assertThat(answer.statusCode()).isEqualTo(200);
    Matcher token = Pattern.compile("\"token\":\"([^\"]+)\"").matcher(answer.body());
    assertThat(token.find()).isTrue();
    return "Bearer " + token.group(1);
  }

  @Test
  void tokens() throws Exception {
    TestAuthority authority = TestAuthority.make(dirs.dir("ca"), "test-ca");
    try (TokenServer tokens = TokenServer.start(authority.signer("tokens")).publish("open");
        Registry registry = Registry.options().tokens(tokens).start();
        HttpClient client = HttpClient.newHttpClient()) {
      registry.push("open", "1", image);
      registry.push("closed", "1", image);
      URI open = registry.uri().resolve("/v2/open/manifests/1");
      URI closed = registry.uri().resolve("/v2/closed/manifests/1");
      HttpResponse<String> refused = get(client, open, "");
      assertThat(refused.statusCode()).isEqualTo(401);
      assertThat(refused.headers().firstValue("WWW-Authenticate").orElseThrow())
          .startsWith("Bearer realm=\"" + tokens.realm() + "\"");
      String scopes =
          "?service=gantry-test&scope=repository:open:pull&scope=repository:closed:pull";
      URI realm = URI.create(tokens.realm() + scopes);

      String anyone = token(client, realm, "");
      assertThat(get(client, open, anyone).statusCode()).isEqualTo(200);
      assertThat(get(client, closed, anyone).statusCode()).isEqualTo(401);
      String user = token(client, realm, TokenServer.basic(Registry.USER, Registry.PASSWORD));
      assertThat(get(client, closed, user).statusCode()).isEqualTo(200);
      String wrong = TokenServer.basic(Registry.USER, "wrong");
      assertThat(get(client, realm, wrong).statusCode()).isEqualTo(401);
      tokens.lifetime(Duration.ofSeconds(-1), Duration.ofMinutes(5));
      String stale = token(client, realm, "");
      assertThat(get(client, open, stale).statusCode()).isEqualTo(401);
    }
  }
}
