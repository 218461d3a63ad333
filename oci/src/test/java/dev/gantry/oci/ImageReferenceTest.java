package dev.gantry.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageReferenceTest {
  private static final String HEX = "0123456789abcdef".repeat(4);

  @ParameterizedTest
  @CsvSource({
    "busybox, docker.io/library/busybox:latest, busybox:latest",
    "busybox:1.36, docker.io/library/busybox:1.36, busybox:1.36",
    "library/busybox, docker.io/library/busybox:latest, busybox:latest",
    "docker.io/busybox, docker.io/library/busybox:latest, busybox:latest",
    "index.docker.io/busybox, docker.io/library/busybox:latest, busybox:latest",
    "index.docker.io/a/b, docker.io/a/b:latest, a/b:latest",
    "docker.io/library/a/b, docker.io/library/a/b:latest, library/a/b:latest",
    "foo/bar, docker.io/foo/bar:latest, foo/bar:latest",
    "localhost/foo, localhost/foo:latest, localhost/foo:latest",
    "LOCALHOST/foo, LOCALHOST/foo:latest, LOCALHOST/foo:latest",
    "localhost:5000/foo:a, localhost:5000/foo:a, localhost:5000/foo:a",
    "10.0.0.1:5000/a/b/c:T_a.g-1, 10.0.0.1:5000/a/b/c:T_a.g-1, 10.0.0.1:5000/a/b/c:T_a.g-1",
    "[::1]:5000/a, [::1]:5000/a:latest, [::1]:5000/a:latest",
    "[2001:db8::1]/a, [2001:db8::1]/a:latest, [2001:db8::1]/a:latest",
    "registry.k8s.io/pause:3.10, registry.k8s.io/pause:3.10, registry.k8s.io/pause:3.10",
    "a.b/c__d/e-f--g/h.i_j, a.b/c__d/e-f--g/h.i_j:latest, a.b/c__d/e-f--g/h.i_j:latest",
    "foo:5000, docker.io/library/foo:5000, foo:5000",
    "xn--n3h.com/my-x, xn--n3h.com/my-x:latest, xn--n3h.com/my-x:latest",
  })
  void readsWhatPeopleWrite(String text, String canonical, String familiar) {
    ImageReference reference = ImageReference.parse(text);
    assertThat(reference).hasToString(canonical);
    assertThat(reference.familiar()).isEqualTo(familiar);
    assertThat(ImageReference.parse(canonical)).isEqualTo(reference);
    assertThat(ImageReference.parse(familiar)).isEqualTo(reference);
  }

  @Test
  void keepsTagAndDigest() {
    ImageReference both = ImageReference.parse("quay.io/a/b:1@sha256:" + HEX);
    assertThat(both.tag()).isEqualTo("1");
    assertThat(both.digest()).isEqualTo(Digest.sha256(HEX));
    assertThat(both.manifestKey()).isEqualTo("sha256:" + HEX);
    assertThat(both).hasToString("quay.io/a/b:1@sha256:" + HEX);
    ImageReference digest = ImageReference.parse("busybox@sha256:" + HEX);
    assertThat(digest.tag()).isNull();
    assertThat(digest).hasToString("docker.io/library/busybox@sha256:" + HEX);
    assertThat(digest.withTag("x")).hasToString("docker.io/library/busybox:x");
    assertThat(both.withDigest(Digest.sha256(HEX)).tag()).isNull();
    assertThat(ImageReference.parseName("busybox").tag()).isNull();
    assertThat(ImageReference.parseName("busybox").manifestKey()).isEqualTo("latest");
    String hex512 = HEX + HEX;
    assertThat(ImageReference.parse("a/b@sha512:" + hex512).manifestKey())
        .isEqualTo("sha512:" + hex512);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``|it is empty",
        "Busybox|repository names must be lower case",
        "a/Busybox|repository names must be lower case",
        "a:|the tag is empty",
        "a:-x|'-' may not begin a tag",
        "a:x y|' ' may not be in a tag",
        "a@|no ':' between algorithm and hash",
        "a@md5:00|unknown algorithm \"md5\"",
        "a@sha256:00|sha256 needs 64 hex characters, this has 2",
        "a//b|the repository has an empty part",
        "a/|the repository has an empty part",
        "/a|the repository has an empty part",
        "localhost/|there is no repository name",
        "a..b/c|is not a valid registry host",
        "-a.b/c|is not a valid registry host",
        "a.b:x/c|has no valid port",
        "a.b:70000/c|has no valid port",
        "a.b:/c|has no valid port",
        "[::1/c|'[' of the host is not closed",
        "[a.b:c]/c|'.' in the host's IPv6 address",
        "[ab]:1/c|is no IPv6 address",
        "a_.b|may only stand between letters or digits",
        "a___b|may only stand between letters or digits",
        "a.|may only stand between letters or digits",
        "x/.a|may only stand between letters or digits",
        "a b|' ' may not be in a repository name",
        "https://a.b/c|leave out \"https://\"",
      })
  void saysWhatIsWrong(String text, String why) {
    assertThatThrownBy(() -> ImageReference.parse(text))
        .isInstanceOf(InvalidReferenceException.class)
        .hasMessageStartingWith("image reference \"")
        .hasMessageContaining(why);
  }

  @Test
  void bindsLengths() {
    String longest = "a.b/" + "c".repeat(ImageReference.MAX_NAME - 4);
    assertThat(ImageReference.parse(longest).name()).hasSize(ImageReference.MAX_NAME);
    assertThatThrownBy(() -> ImageReference.parse(longest + "c"))
        .hasMessageContaining("has 256 characters, at most 255");
    assertThat(ImageReference.parse("a:" + "t".repeat(128)).tag()).hasSize(128);
    assertThatThrownBy(() -> ImageReference.parse("a:" + "t".repeat(129)))
        .hasMessageContaining("the tag has 129 characters");
    assertThatThrownBy(() -> ImageReference.parse(HEX)).hasMessageContaining("are an image id");
    assertThatThrownBy(() -> ImageReference.parse("a\nb".repeat(1000)))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(700).doesNotContain("\n"));
  }

  /** Whatever comes in either is refused or has a canonical form that reads back as itself. */
  @Test
  void everyTextIsRefusedOrHasACanonicalForm() {
    Random random = new Random(7);
    String alphabet = "aB0.-_/:@[]é \nlocalhost";
    for (int i = 0; i < 50_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(14); length >= 0; length--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      try {
        ImageReference reference = ImageReference.parse(text.toString());
        assertThat(ImageReference.parse(reference.toString())).isEqualTo(reference);
        assertThat(ImageReference.parse(reference.familiar())).isEqualTo(reference);
      } catch (InvalidReferenceException e) {
        assertThat(e.reference()).isNotNull();
      }
    }
  }
}
