package dev.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.image.Credentials;
import dev.gantry.testkit.TestDirs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class AuthFilesTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private Path write(String name, String json) throws IOException {
    return Files.writeString(dirs.path(name), json.replace('\'', '"'));
  }

  private AuthFiles files(Path... files) {
    var helper =
        new CredentialHelper(
            Map.of("PATH", dirs.base() + ":/usr/bin:/bin"), Duration.ofMillis(1500));
    return new AuthFiles(List.of(files), helper, new RegistriesConf(null));
  }

  private static String user(AuthFiles files, String host, String repository) throws IOException {
    return files.find(host, repository).credentials().user();
  }

  private void helper(String name, String script) throws IOException {
    Path file = Files.writeString(dirs.path("docker-credential-" + name), "#!/bin/sh\n" + script);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void theLongestKeyWins() throws IOException {
    AuthFiles files =
        files(
            write(
                "auth.json",
                """
                {'auths': {
                  'r.example:5000': {'auth': '%s'},
                  'r.example:5000/ns': {'auth': '%s'},
                  'r.example:5000/ns/app': {'auth': '%s'},
                  'empty.example/ns': {},
                  'empty.example': {'auth': '%s'}
                }}
                """
                    .formatted(
                        base64("host:p"), base64("ns:p"), base64("repo:p:w"), base64("below:p"))));
    assertThat(user(files, "r.example:5000", "ns/app")).isEqualTo("repo");
    assertThat(files.find("r.example:5000", "ns/app").credentials().secret()).isEqualTo("p:w");
    assertThat(files.find("r.example:5000", "ns/app").source())
        .isEqualTo(dirs.path("auth.json") + " (r.example:5000/ns/app)");
    assertThat(user(files, "r.example:5000", "ns/application")).isEqualTo("ns");
    assertThat(user(files, "r.example:5000", "ns/app/deeper")).isEqualTo("repo");
    assertThat(user(files, "r.example:5000", "other")).isEqualTo("host");
    assertThat(user(files, "r.example", "ns/app")).isEmpty();
    assertThat(user(files, "r.example:5001", "ns/app")).isEmpty();
    assertThat(user(files, "empty.example", "ns/app")).isEqualTo("below");
  }

  @Test
  void dockersKeysAreUnderstood() throws IOException {
    AuthFiles files =
        files(
            write(
                "config.json",
                """
                {'auths': {
                  'https://index.docker.io/v1/': {'auth': '%s'},
                  'https://old.example/v2/': {'username': 'old', 'password': 'x'},
                  'id.example': {'auth': '%s', 'identitytoken': 'refresh me'},
                  'reg.example': {'registrytoken': 'as it is'}
                }}
                """
                    .formatted(base64("hub:p\0\0"), base64("00000000:"))));
    for (String host : List.of("docker.io", "registry-1.docker.io", "index.docker.io")) {
      assertThat(files.find(host, "library/app").credentials().basic()).isEqualTo(base64("hub:p"));
    }
    assertThat(user(files, "old.example", "app")).isEqualTo("old");
    assertThat(files.find("id.example", "app").credentials().identityToken())
        .isEqualTo("refresh me");
    assertThat(files.find("reg.example", "app").credentials().registryToken())
        .isEqualTo("as it is");
    Files.createDirectories(dirs.path("home"));
    AuthFiles legacy =
        files(
            write(
                "home/.dockercfg", "{'https://l.example/v1/': {'auth': '" + base64("l:p") + "'}}"));
    assertThat(user(legacy, "l.example", "app")).isEqualTo("l");
  }

  @Test
  void theFirstFileWithSomeWinsAndChangesAreSeen() throws IOException {
    Path first = dirs.path("first.json");
    Path second =
        write("second.json", "{'auths': {'r.example': {'auth': '" + base64("b:p") + "'}}}");
    AuthFiles files = files(first, second);
    assertThat(user(files, "r.example", "app")).isEqualTo("b");
    assertThat(files.find("other.example", "app").read()).containsExactly(second);
    long before = files.stamp();
    write("first.json", "{'auths': {'r.example': {'auth': '" + base64("a:p") + "'}}}");
    assertThat(user(files, "r.example", "app")).isEqualTo("a");
    assertThat(files.stamp()).isNotEqualTo(before);
  }

  @Test
  void helpersAreAsked() throws IOException {
    helper(
        "good",
        "[ \"$1\" = get ] && read -r s; printf '{\"ServerURL\":\"%s\",\"Username\":\"u-%s\",\"Secret\":\"p\"}' \"$s\" \"$s\"");
    helper("token", "cat >/dev/null; echo '{\"Username\":\"<token>\",\"Secret\":\"refresh\"}'");
    helper("none", "echo credentials not found in native keychain; exit 1");
    AuthFiles files =
        files(
            write(
                "config.json",
                """
                {'credHelpers': {'h.example': 'good', 't.example': 'token', 'n.example': 'none'},
                 'credsStore': 'good',
                 'auths': {'n.example': {'auth': '%s'}, 'a.example/ns': {'auth': '%s'}}}
                """
                    .formatted(base64("kept:p"), base64("ns:p"))));
    assertThat(user(files, "h.example", "app")).isEqualTo("u-h.example");
    assertThat(files.find("h.example", "app").source())
        .contains("docker-credential-good for h.example", "config.json");
    assertThat(files.find("t.example", "app").credentials())
        .isEqualTo(new Credentials("", "", "", "", "refresh", ""));
    assertThat(user(files, "n.example", "app")).isEqualTo("kept");
    assertThat(user(files, "a.example", "ns/app")).isEqualTo("ns");
    assertThat(user(files, "a.example", "other")).as("credsStore").isEqualTo("u-a.example");
    assertThat(user(files, "docker.io", "library/x")).isEqualTo("u-https://index.docker.io/v1/");
  }

  @Test
  void helpersThatMisbehaveAreBoundedAndNamed() throws IOException {
    helper("fails", "cat >/dev/null; echo no network; exit 3");
    helper("hangs", "sleep 60");
    helper("floods", "yes | head -c 3000000");
    helper("lies", "echo 'a secret that is not JSON'");
    for (var expected :
        Map.of(
                "fails", "docker-credential-fails get ended with exit code 3: no network",
                "hangs", "docker-credential-hangs took longer than",
                "floods", "docker-credential-floods wrote more than 262144 bytes",
                "lies", "docker-credential-lies wrote something that is not JSON",
                "absent", "docker-credential-absent is not in the daemon's PATH",
                "../../evil", "is no name of a credential helper")
            .entrySet()) {
      AuthFiles files = files(write("c.json", "{'credsStore': '" + expected.getKey() + "'}"));
      AuthFiles.Lookup lookup = files.find("r.example", "app");
      assertThat(lookup.credentials().isEmpty()).isTrue();
      assertThat(lookup.problems()).singleElement().asString().contains(expected.getValue());
      assertThat(lookup.problems().toString()).doesNotContain("secret");
    }
  }

  @Test
  void aBrokenFileIsNamedAndTheNextIsRead() throws IOException {
    Path good = write("good.json", "{'auths': {'r.example': {'auth': '" + base64("b:p") + "'}}}");
    for (String bad :
        List.of(
            "", "[]", "{'auths': ", "{'auths': {'r.example': {'auth': '%%%'}}}", "{'auths':3")) {
      Path broken = write("broken.json", bad);
      AuthFiles.Lookup lookup = files(broken, good).find("r.example", "app");
      assertThat(lookup.credentials().user()).as(bad).isEqualTo("b");
      assertThat(lookup.problems()).singleElement().asString().contains(broken.toString());
    }
    Files.createDirectories(dirs.path("directory.json"));
    assertThat(files(dirs.path("directory.json")).find("r.example", "app").problems())
        .singleElement()
        .asString()
        .contains("not a regular file");
    for (String odd :
        List.of("{'auths': []}", "{'auths': {'r.example': 5}}", "{'credHelpers': 1}")) {
      assertThat(user(files(write("odd.json", odd)), "r.example", "app")).isEmpty();
    }
  }
}
