package dev.gantry.image.registry;

import static dev.gantry.image.registry.RegistryHost.Capability.PULL;
import static dev.gantry.image.registry.RegistryHost.Capability.PUSH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.image.http.Tls;
import dev.gantry.image.registry.RegistryHost.Capability;
import dev.gantry.testkit.TestDirs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class HostsDirectoryTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  private void write(String directory, String toml) throws IOException {
    Path d = Files.createDirectories(dirs.path("certs.d").resolve(directory));
    Files.writeString(d.resolve("hosts.toml"), toml);
  }

  private List<RegistryHost> hosts(String registry) throws IOException {
    return new HostsDirectory(List.of(dirs.path("certs.d"))).hosts(registry);
  }

  private List<String> bases(String registry) throws IOException {
    return hosts(registry).stream().map(h -> h.base().toString()).toList();
  }

  @Test
  void withoutConfigurationTheRegistryIsAskedItself() throws IOException {
    assertThat(bases("registry.example:5000")).containsExactly("https://registry.example:5000/v2");
    assertThat(bases("docker.io")).containsExactly("https://registry-1.docker.io/v2");
    assertThat(bases("127.0.0.1:5000")).containsExactly("http://127.0.0.1:5000/v2");
    assertThat(bases("localhost:1")).containsExactly("http://localhost:1/v2");
    assertThat(bases("127.0.0.1.example")).containsExactly("https://127.0.0.1.example/v2");
    assertThat(hosts("[::1]:5000").getFirst().schemes())
        .isEqualTo(RegistryHost.Schemes.PLAIN_THEN_TLS);
  }

  @Test
  void mirrorsComeInTheOrderOfTheFileAndTheServerLast() throws IOException {
    write(
        "registry.example",
        """
        server = "https://registry.example"
        [host."https://z.example"]
          capabilities = ["pull"]
        [host."http://a.example:8080/proxy"]
          dial_timeout = "500ms"
          [host."http://a.example:8080/proxy".header]
            x-token = ["a", "b"]
        [host."https://m.example/v2/path"]
          override_path = true
          skip_verify = true
          ca = ["ca.pem", "/abs/ca.pem"]
          client = [["c.pem", "k.pem"], "both.pem"]
        """);
    List<RegistryHost> hosts = hosts("registry.example");
    assertThat(bases("registry.example"))
        .containsExactly(
            "https://z.example/v2",
            "http://a.example:8080/proxy/v2",
            "https://m.example/v2/path",
            "https://registry.example/v2");
    assertThat(hosts.get(0).capabilities()).containsExactly(Capability.PULL);
    assertThat(hosts.get(1).headers()).containsEntry("x-token", List.of("a", "b"));
    assertThat(hosts.get(1).connectTimeout()).isEqualTo(Duration.ofMillis(500));
    assertThat(hosts.get(1).namespace()).isEqualTo("registry.example");
    assertThat(hosts.get(3).namespace()).isEmpty();
    Path directory = dirs.path("certs.d").resolve("registry.example");
    assertThat(hosts.get(2).tls())
        .isEqualTo(
            new Tls(
                List.of(directory.resolve("ca.pem"), Path.of("/abs/ca.pem")),
                List.of(
                    new Tls.Client(directory.resolve("c.pem"), directory.resolve("k.pem")),
                    new Tls.Client(directory.resolve("both.pem"), null)),
                true));
  }

  @Test
  void theDirectoryMayCarryThePortInTwoWays() throws IOException {
    write("a.example_5000_", "server = \"https://one.example\"");
    write("b.example:5000", "server = \"https://two.example\"");
    write("_default", "server = \"https://rest.example\"");
    assertThat(bases("a.example:5000")).containsExactly("https://one.example/v2");
    assertThat(bases("b.example:5000")).containsExactly("https://two.example/v2");
    assertThat(bases("c.example")).containsExactly("https://rest.example/v2");
  }

  @Test
  void theDefaultMirrorKeepsTheRegistryAsServer() throws IOException {
    write("_default", "[host.\"https://mirror.example\"]\n");
    assertThat(bases("c.example:443"))
        .containsExactly("https://mirror.example/v2", "https://c.example:443/v2");
  }

  @Test
  void changesAreSeenAtOnce() throws IOException {
    write("r.example", "server = \"https://one.example\"");
    assertThat(bases("r.example")).containsExactly("https://one.example/v2");
    write("r.example", "server = \"https://two.example\"");
    assertThat(bases("r.example")).containsExactly("https://two.example/v2");
  }

  @Test
  void aServerThatIsAlsoAMirrorIsAskedOnce() throws IOException {
    write(
        "r.example",
        """
        server = "http://127.0.0.1:5000"
        [host."http://127.0.0.1:5000"]
          capabilities = ["pull", "resolve"]
        """);
    assertThat(hosts("r.example").stream().filter(h -> h.capabilities().contains(PULL)))
        .extracting(h -> h.base().toString())
        .containsExactly("http://127.0.0.1:5000/v2");
    assertThat(hosts("r.example").getLast().capabilities()).containsExactly(PUSH);
  }

  @Test
  void dockersCertificatesAreUsedWhereThereIsNoHostsToml() throws IOException {
    Path d = Files.createDirectories(dirs.path("certs.d").resolve("r.example"));
    for (String name : new String[] {"ca.crt", "me.cert", "me.key"}) {
      Files.writeString(d.resolve(name), "");
    }
    assertThat(hosts("r.example").getFirst().tls())
        .isEqualTo(
            new Tls(
                List.of(d.resolve("ca.crt")),
                List.of(new Tls.Client(d.resolve("me.cert"), d.resolve("me.key"))),
                false));
  }

  @Test
  void whatDoesNotParseIsNamed() throws IOException {
    for (String bad :
        new String[] {
          "server = ",
          "server = 5",
          "[host.\"ftp://x\"]",
          "[host.\"https://u:p@x\"]",
          "[host.\"https://x\"]\ncapabilities = [\"fly\"]",
          "[host.\"https://x\"]\nca = 5",
          "[host.\"https://x\"]\ndial_timeout = \"soon\"",
        }) {
      write("r.example", bad);
      assertThatThrownBy(() -> hosts("r.example"))
          .as(bad)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("r.example/hosts.toml");
    }
  }
}
