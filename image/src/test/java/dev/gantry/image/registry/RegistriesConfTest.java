package dev.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.image.RegistryException;
import dev.gantry.image.registry.RegistryHost.Schemes;
import dev.gantry.oci.ImageReference;
import dev.gantry.testkit.TestDirs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The examples of containers-registries.conf(5), and what that page leaves open. */
class RegistriesConfTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  private static final String DIGEST = "@sha256:" + "0".repeat(64);

  private void write(String file, String toml) throws IOException {
    Path path = dirs.path(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, toml);
  }

  private RegistryHosts hosts() {
    return RegistryHosts.of(
        RegistrySettings.of(List.of(dirs.path("certs.d")))
            .withRegistriesConf(dirs.path("registries.conf")));
  }

  private List<String> places(String image) throws IOException {
    return hosts().places(ImageReference.parse(image)).stream()
        .map(h -> h.base() + " " + h.repository())
        .toList();
  }

  private List<String> names(String name) throws RegistryException {
    return new ShortNames(
            new RegistriesConf(dirs.path("registries.conf")),
            new RegistriesConf(dirs.path("short-name-aliases.conf")))
        .candidates(name).stream().map(ImageReference::toString).toList();
  }

  @Test
  void whatOtherToolsHaveRecordedGoesFirst() throws IOException {
    write(
        "registries.conf",
        """
        unqualified-search-registries = ["one.example"]
        [aliases]
        a = "conf.example/a"
        b = "conf.example/b"
        """);
    assertThat(names("a:1")).containsExactly("conf.example/a:1");
    write(
        "short-name-aliases.conf",
        "[aliases]\na = \"cache.example/a\"\nb = \"\"\nc = \"cache.example/x/c\"\n");
    assertThat(names("a:1")).containsExactly("cache.example/a:1");
    assertThat(names("b:1")).as("none, it says").containsExactly("one.example/b:1");
    assertThat(names("c")).containsExactly("cache.example/x/c:latest");
    assertThat(names("d")).containsExactly("one.example/d:latest");
    write("short-name-aliases.conf", "[aliases\n");
    assertThatThrownBy(() -> names("a:1")).hasMessageContaining("short-name-aliases.conf");
    assertThat(names("r.example/a:1")).containsExactly("r.example/a:1");
  }

  @Test
  void theExampleOfTheManualPage() throws IOException {
    write(
        "registries.conf",
        """
        unqualified-search-registries = ["example.com"]
        [[registry]]
        prefix = "example.com/foo"
        insecure = false
        blocked = false
        location = "internal-registry-for-example.com/bar"
        [[registry.mirror]]
        location = "example-mirror-0.local/mirror-for-foo"
        [[registry.mirror]]
        location = "example-mirror-1.local/mirrors/foo"
        insecure = true
        [[registry]]
        location = "registry.com"
        [[registry.mirror]]
        location = "mirror.registry.com"
        """);
    assertThat(places("example.com/foo/image:latest"))
        .containsExactly(
            "https://example-mirror-0.local/v2 mirror-for-foo/image",
            "https://example-mirror-1.local/v2 mirrors/foo/image",
            "https://internal-registry-for-example.com/v2 bar/image");
    assertThat(places("example.com/food:1")).containsExactly("https://example.com/v2 ");
    assertThat(places("registry.com/image:1"))
        .containsExactly("https://mirror.registry.com/v2 image", "https://registry.com/v2 image");
    List<RegistryHost> found = hosts().places(ImageReference.parse("example.com/foo/image"));
    assertThat(found).extracting(RegistryHost::mirror).containsExactly(true, true, false);
    assertThat(found.get(1).schemes()).isEqualTo(Schemes.TLS_THEN_PLAIN);
    assertThat(found.get(1).tls().skipVerify()).isTrue();
    assertThat(found.get(0).schemes()).isEqualTo(Schemes.FIXED);
    assertThat(found.get(0).tls().skipVerify()).isFalse();
    assertThat(names("app:1")).containsExactly("example.com/app:1");
  }

  @Test
  void theLongestPrefixWinsAndWildcardsMatchSubdomains() throws IOException {
    write(
        "registries.conf",
        """
        [[registry]]
        prefix = "*.example.com"
        [[registry.mirror]]
        location = "wild.local/w"
        [[registry]]
        prefix = "a.example.com/long"
        location = "long.local"
        [[registry]]
        prefix = "*.moved.com"
        location = "moved.local/all"
        [[registry]]
        prefix = "docker.io/library"
        location = "hub.local/official"
        """);
    assertThat(places("a.b.example.com/x:1"))
        .containsExactly("https://wild.local/v2 w/x", "https://a.b.example.com/v2 x");
    assertThat(places("a.example.com/long/x:1")).containsExactly("https://long.local/v2 x");
    assertThat(places("a.example.com/longer/x:1").getLast())
        .isEqualTo("https://a.example.com/v2 longer/x");
    assertThat(places("example.com/x")).containsExactly("https://example.com/v2 ");
    assertThat(places("r.moved.com/ns/x")).containsExactly("https://moved.local/v2 all/ns/x");
    assertThat(places("busybox")).containsExactly("https://hub.local/v2 official/busybox");
    assertThat(places("docker.io/me/app")).containsExactly("https://registry-1.docker.io/v2 ");
    assertThat(places("evil.com/a.example.com/x")).containsExactly("https://evil.com/v2 ");
  }

  @Test
  void mirrorsMayBeForDigestsOrTagsAlone() throws IOException {
    write(
        "registries.conf",
        """
        [[registry]]
        location = "r.example"
        [[registry.mirror]]
        location = "all.local"
        pull-from-mirror = "all"
        [[registry.mirror]]
        location = "digest.local"
        pull-from-mirror = "digest-only"
        [[registry.mirror]]
        location = "tag.local"
        pull-from-mirror = "tag-only"
        [[registry]]
        location = "d.example"
        mirror-by-digest-only = true
        [[registry.mirror]]
        location = "m.local"
        """);
    assertThat(places("r.example/x:1"))
        .containsExactly(
            "https://all.local/v2 x", "https://tag.local/v2 x", "https://r.example/v2 x");
    assertThat(places("r.example/x" + DIGEST))
        .containsExactly(
            "https://all.local/v2 x", "https://digest.local/v2 x", "https://r.example/v2 x");
    assertThat(places("d.example/x:1")).containsExactly("https://d.example/v2 x");
    assertThat(places("d.example/x" + DIGEST)).hasSize(2);
  }

  @Test
  void whatIsBlockedIsBlockedWhateverElseIsSaid() throws IOException {
    write(
        "registries.conf",
        """
        [[registry]]
        location = "bad.example/ns"
        blocked = true
        [[registry]]
        location = "bad.example/ns/good"
        """);
    write("certs.d/bad.example/hosts.toml", "server = \"https://fine.example\"");
    assertThatThrownBy(() -> places("bad.example/ns/x:1"))
        .hasMessage(
            "blocked by "
                + dirs.path("registries.conf")
                + " ([[registry]] prefix = \"bad.example/ns\", blocked = true)");
    assertThat(places("bad.example/ns/good:1")).containsExactly("https://fine.example/v2 ");
    assertThat(places("bad.example/other:1")).containsExactly("https://fine.example/v2 ");
    assertThatThrownBy(() -> hosts().pushPlaces(ImageReference.parse("bad.example/ns/x:1")))
        .hasMessageContaining("blocked by");
  }

  @Test
  void certsDirectoriesGoFirst() throws IOException {
    write(
        "registries.conf",
        """
        [[registry]]
        location = "both.example"
        [[registry.mirror]]
        location = "conf-mirror.local"
        [[registry]]
        location = "conf.example"
        [[registry.mirror]]
        location = "mirror.local:5000"
        """);
    write("certs.d/both.example/hosts.toml", "[host.\"https://toml-mirror.local\"]\n");
    write("certs.d/_default/hosts.toml", "[host.\"https://default-mirror.local\"]\n");
    write("certs.d/mirror.local:5000/ca.crt", "");
    assertThat(places("both.example/x:1").getFirst()).startsWith("https://toml-mirror.local/v2");
    assertThat(places("conf.example/x:1"))
        .containsExactly("https://mirror.local:5000/v2 x", "https://conf.example/v2 x");
    assertThat(
            hosts().places(ImageReference.parse("conf.example/x:1")).getFirst().tls().authorities())
        .containsExactly(dirs.path("certs.d/mirror.local:5000/ca.crt"));
    assertThat(places("neither.example/x:1").getFirst())
        .startsWith("https://default-mirror.local/v2");
  }

  @Test
  void pushesGoToTheRegistryItself() throws IOException {
    write(
        "registries.conf",
        """
        [[registry]]
        location = "r.example"
        insecure = true
        [[registry.mirror]]
        location = "m.local"
        """);
    List<RegistryHost> hosts = hosts().pushPlaces(ImageReference.parse("r.example/x:1"));
    assertThat(hosts).hasSize(1);
    assertThat(hosts.getFirst().authority()).isEqualTo("r.example");
    assertThat(hosts.getFirst().schemes()).isEqualTo(Schemes.TLS_THEN_PLAIN);
  }

  @Test
  void dropInsWinInTheOrderOfTheirNamesAndChangesAreSeen() throws IOException {
    write(
        "registries.conf",
        "[[registry]]\nlocation = \"r.example\"\n[aliases]\na = \"one.example/a\"\nb = \"one.example/b\"\n");
    RegistryHosts hosts = hosts();
    ImageReference image = ImageReference.parse("r.example/x:1");
    assertThat(hosts.places(image)).hasSize(1);
    write(
        "registries.conf.d/20-b.conf",
        "[[registry]]\nlocation = \"r.example\"\n[[registry.mirror]]\nlocation = \"two.local\"\n");
    write(
        "registries.conf.d/10-a.conf",
        "[[registry]]\nlocation = \"r.example\"\n[[registry.mirror]]\nlocation = \"one.local\"\n[aliases]\na = \"\"\nb = \"two.example/b\"\n");
    write("registries.conf.d/30-not.txt", "rubbish");
    assertThat(hosts.places(image))
        .extracting(RegistryHost::authority)
        .containsExactly("two.local", "r.example");
    assertThat(names("a:1")).containsExactly("docker.io/library/a:1");
    assertThat(names("b:1")).containsExactly("two.example/b:1");
    Files.delete(dirs.path("registries.conf.d/20-b.conf"));
    assertThat(hosts.places(image).getFirst().authority()).isEqualTo("one.local");
  }

  @Test
  void shortNamesAreAliasesThenSearchedThenDockerHub() throws Exception {
    assertThat(names("app")).containsExactly("docker.io/library/app:latest");
    write(
        "registries.conf",
        """
        unqualified-search-registries = ["one.example", "docker.io", "two.example:5000"]
        [aliases]
        "app" = "alias.example/ns/app"
        "ns/app" = "alias.example/other"
        """);
    assertThat(names("app")).containsExactly("alias.example/ns/app:latest");
    assertThat(names("app:1")).containsExactly("alias.example/ns/app:1");
    assertThat(names("app" + DIGEST)).containsExactly("alias.example/ns/app" + DIGEST);
    assertThat(names("ns/app:1")).containsExactly("alias.example/other:1");
    assertThat(names("x:1"))
        .containsExactly("one.example/x:1", "docker.io/library/x:1", "two.example:5000/x:1");
    assertThat(names("docker.io/library/app:1")).containsExactly("docker.io/library/app:1");
    assertThat(names("localhost/app:1")).containsExactly("localhost/app:1");
    assertThat(names("r.example:5000/app:1")).containsExactly("r.example:5000/app:1");
    write(
        "registries.conf",
        "short-name-mode = \"enforcing\"\nunqualified-search-registries = [\"a.example\", \"b.example\"]\n");
    assertThatThrownBy(() -> names("x:1"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("short-name-mode is enforcing")
        .hasMessageContaining("a.example, b.example");
    write(
        "registries.conf",
        "short-name-mode = \"enforcing\"\nunqualified-search-registries = [\"a.example\"]\n");
    assertThat(names("x:1")).containsExactly("a.example/x:1");
  }

  @Test
  void whatIsWrongIsNamedWithFileAndLine() throws IOException {
    for (var bad :
        List.of(
            List.of("2", "\nunqualified-search-registries = [\"a/b\"]"),
            List.of("1", "unqualified-search-registries = 5"),
            List.of("1", "short-name-mode = \"maybe\""),
            List.of("1", "[registries.search]\nregistries = [\"a\"]"),
            List.of("2", "[[registry]]\nblocked = true"),
            List.of("3", "\n[[registry]]\nprefix = \"a.example\""),
            List.of("2", "[[registry]]\nlocation = \"https://a.example\""),
            List.of("2", "[[registry]]\nprefix = \"*.a.example/x\"\nlocation = \"b\""),
            List.of("2", "[[registry]]\nprefix = \"a.*.example\"\nlocation = \"b\""),
            List.of("3", "[[registry]]\nlocation = \"a.example\"\ninsecure = \"yes\""),
            List.of("3", "[[registry]]\nlocation = \"a.example\"\npull-from-mirror = \"all\""),
            List.of("4", "[[registry]]\nlocation = \"a\"\n[[registry.mirror]]\ninsecure = true"),
            List.of(
                "5",
                "[[registry]]\nlocation = \"a\"\n[[registry.mirror]]\nlocation = \"m\"\npull-from-mirror = \"some\""),
            List.of("2", "[aliases]\n\"a.example/x\" = \"b.example/x\""),
            List.of("2", "[aliases]\n\"x\" = \"b.example/x:1\""),
            List.of("2", "[aliases]\n\"x\" = \"y\""),
            List.of("2", "a = 1\nthis is not toml"))) {
      write("registries.conf", bad.getLast());
      assertThatThrownBy(() -> places("r.example/x:1"))
          .as(bad.getLast())
          .isInstanceOf(IOException.class)
          .hasMessageContaining(dirs.path("registries.conf") + ", line " + bad.getFirst() + ": ");
    }
    write("registries.conf", "[registries.block]\nregistries = []");
    assertThatThrownBy(() -> places("r.example/x:1")).hasMessageContaining("version 1");
    write(
        "registries.conf",
        """
        [[registry]]
        location = "a"
        prefix = "b.example"
        [[registry]]
        location = "a"
        prefix = "c.example"
        insecure = true
        """);
    assertThatThrownBy(() -> places("r.example/x:1")).hasMessageContaining("differ in insecure");
    write("registries.conf", "[[registry]]\nlocation = \"Not A Host\"\nprefix = \"x.example\"");
    assertThatThrownBy(() -> places("r.example/x:1")).hasMessageContaining("line 2");
    write("registries.conf", "[[registry]]\nlocation = \"UPPER/Path\"\nprefix = \"x.example\"");
    assertThatThrownBy(() -> places("x.example/x:1")).hasMessageContaining("makes no image name");
    assertThat(places("r.example/x:1")).hasSize(1);
    write("registries.conf", "");
    assertThat(places("r.example/x:1")).containsExactly("https://r.example/v2 ");
  }
}
