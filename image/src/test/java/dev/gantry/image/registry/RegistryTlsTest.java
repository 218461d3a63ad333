package dev.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.image.Credentials;
import dev.gantry.image.http.StubServer;
import dev.gantry.oci.ImageReference;
import dev.gantry.testkit.Registry;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TestAuthority;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** docker-registry behind TLS, as certs.d, registries.conf and proxies lead to it. */
class RegistryTlsTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  private final List<AutoCloseable> open = new ArrayList<>();
  private TestAuthority authority;

  @BeforeEach
  void make() {
    authority = TestAuthority.make(dirs.dir("ca"), "authority");
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable c : open.reversed()) {
      c.close();
    }
  }

  private <T extends AutoCloseable> T opened(T resource) {
    open.add(resource);
    return resource;
  }

  private RegistrySettings settings() {
    return RegistrySettings.of(List.of(dirs.path("certs.d")))
        .withRegistriesConf(dirs.path("registries.conf"))
        .withStall(Duration.ofSeconds(5))
        .withRetry(new RetryPolicy(2, Duration.ofMillis(5), Duration.ofMillis(50)));
  }

  private static String pull(RegistrySettings settings, String name) throws IOException {
    ImageReference reference = ImageReference.parse(name);
    RegistrySession session = new RegistryClient(settings).open(reference, Credentials.NONE);
    ManifestPuller.byTag(session, reference.manifestKey());
    return session.servedBy();
  }

  private void copy(Path from, String to) throws IOException {
    Path target = dirs.path(to);
    Files.createDirectories(target.getParent());
    Files.copy(from, target);
  }

  private static TestImage image() {
    return TestImage.builder().layer(TarEntry.file("a", "a")).build();
  }

  @Test
  void dockersCertificatesServeAPrivateRegistryThatWantsAClientCertificate() throws Exception {
    Registry registry =
        opened(Registry.options().tls(authority.server("server")).clientsOf(authority).start());
    String directory = "certs.d/" + registry.host();
    Files.createDirectories(dirs.path(directory));
    assertThatThrownBy(() -> pull(settings(), registry.host() + "/app:1"))
        .hasMessageContaining("by TLS: its certificate is not trusted")
        .hasMessageContaining("certs.d/<host>/ca.crt");
    copy(authority.certificate(), directory + "/ca.crt");
    assertThatThrownBy(() -> pull(settings(), registry.host() + "/app:1"))
        .hasMessageContaining("client certificate");
    TestAuthority.Pair client = authority.client("me");
    copy(client.certificate(), directory + "/me.cert");
    copy(client.key(), directory + "/me.key");
    assertThatThrownBy(() -> pull(settings(), registry.host() + "/app:1"))
        .hasMessageContaining("https://" + registry.host() + "/v2: 404 Not Found");
  }

  @Test
  void anExpiredCertificateIsCalledThat() throws Exception {
    Registry registry = opened(Registry.options().tls(authority.expiredServer("server")).start());
    copy(authority.certificate(), "certs.d/" + registry.host() + "/ca.crt");
    assertThatThrownBy(() -> pull(settings(), registry.host() + "/app:1"))
        .hasMessageContaining("its certificate has expired");
  }

  @Test
  void insecureTakesAnyCertificateAndThenPlainHttp() throws Exception {
    Registry tls = opened(Registry.options().tls(authority.server("server")).start());
    Registry plain = opened(Registry.start());
    plain.push("ns/app", "1", image());
    Files.writeString(
        dirs.path("registries.conf"),
        """
        [[registry]]
        prefix = "logical.example/ns"
        location = "%s/none"
        insecure = true
        [[registry.mirror]]
        location = "%s/ns"
        insecure = true
        """
            .formatted(tls.host(), plain.host()));
    assertThat(pull(settings(), "logical.example/ns/app:1"))
        .isEqualTo("http://" + plain.host() + "/v2");
    assertThatThrownBy(() -> pull(settings(), "logical.example/ns/other:1"))
        .hasMessageContaining("https://" + tls.host() + "/v2: 404 Not Found");
  }

  @Test
  void anotherHostThanThisMachineIsNeverAskedInTheClearUnlessConfigured() {
    StubServer proxy = opened(new StubServer((request, out) -> StubServer.reply(out, 503, "")));
    var environment =
        Map.of("HTTP_PROXY", "http://" + proxy.host(), "HTTPS_PROXY", "http://" + proxy.host());
    assertThatThrownBy(
            () -> pull(settings().withEnvironment(environment), "registry.example/app:1"))
        .hasMessageContaining("proxy http://" + proxy.host() + " (HTTPS_PROXY) answered 503");
    assertThat(proxy.requests()).isNotEmpty().allMatch(r -> r.method().equals("CONNECT"));
  }

  @Test
  void aProxyWithAPasswordLeadsToATlsRegistry() throws Exception {
    Registry registry = opened(Registry.options().tls(authority.server("server")).start());
    StubServer proxy =
        opened(
            new StubServer((request, out) -> {
              String sent = request.header("Proxy-Authorization");
              if (!"Basic bWU6cCB3".equals(sent)) {
                return StubServer.reply(out, 407, "");
              }
              out.write(
                  "HTTP/1.1 200 Connected\r\n\r\n"
                      .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
              return true;
            }));
    proxy.tunnelTo(registry.uri().getPort());
    copy(authority.certificate(), "certs.d/registry.example/ca.crt");
    RegistrySettings through =
        settings().withEnvironment(Map.of("https_proxy", "http://me:p%20w@" + proxy.host()));
    assertThatThrownBy(() -> pull(through, "registry.example/app:1"))
        .hasMessageContaining("its certificate is for another name");
    Files.writeString(
        dirs.path("certs.d/registry.example/hosts.toml"),
        "server = \"https://registry.example\"\nskip_verify = true\n");
    assertThatThrownBy(() -> pull(through, "registry.example/app:1"))
        .hasMessageContaining("404 Not Found");
    assertThat(proxy.requests()).allMatch(r -> r.target().equals("registry.example:443"));
    assertThatThrownBy(() ->
            pull(
                settings().withEnvironment(Map.of("https_proxy", proxy.host())),
                "registry.example/app:1"))
        .hasMessageContaining("answered 407 Proxy Authentication Required to CONNECT");
    assertThatThrownBy(() -> pull(through, registry.host() + "/app:1"))
        .as("loopback goes straight")
        .hasMessageNotContaining("proxy");
  }

  @Test
  void aBrokenFileConcernsItsRegistryAlone() throws Exception {
    Registry registry = opened(Registry.start());
    registry.push("app", "1", image());
    Path bad = dirs.path("certs.d/bad.example/hosts.toml");
    Files.createDirectories(bad.getParent());
    Files.writeString(bad, "server = \"https://x\"\n[host.\"ftp://y\"]\n");
    assertThatThrownBy(() -> pull(settings(), "bad.example/app:1"))
        .hasMessage("bad.example: " + bad + ", line 2: 'ftp://y' is not a http or https address");
    assertThat(pull(settings(), registry.host() + "/app:1")).isEqualTo(registry.uri() + "/v2");
  }
}
