package dev.gantry.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class DigestTest {
  private static final String EMPTY_SHA256 =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  @Test
  void readsBothAlgorithms() {
    Digest sha256 = Digest.parse("sha256:" + EMPTY_SHA256);
    assertThat(sha256).isEqualTo(Digest.sha256Of(new byte[0]));
    assertThat(sha256.matches(new byte[0])).isTrue();
    assertThat(sha256.matches(new byte[1])).isFalse();
    Digest sha512 = Digest.of(Digest.Algorithm.SHA512, new byte[0]);
    assertThat(Digest.parse(sha512.toString())).isEqualTo(sha512);
  }

  @Test
  void saysWhatIsWrong() {
    assertThatThrownBy(() -> Digest.parse("sha256:" + EMPTY_SHA256.toUpperCase(Locale.ROOT)))
        .hasMessageContaining("is not a lower-case hex character");
    assertThatThrownBy(() -> Digest.parse("sha256:../" + "a".repeat(61)))
        .isInstanceOf(OciFormatException.class);
    assertThatThrownBy(() -> Digest.parse("")).hasMessageContaining("no ':'");
    assertThatThrownBy(() -> Digest.parse("sha384:00")).hasMessageContaining("unknown algorithm");
    assertThatThrownBy(() -> Digest.sha256("ab")).hasMessageContaining("needs 64");
  }

  @Test
  void chainsLayers() {
    Digest a = Digest.sha256("a".repeat(64));
    Digest b = Digest.sha256("b".repeat(64));
    Digest c = Digest.sha256("c".repeat(64));
    assertThat(ChainId.of(List.of(a))).isEqualTo(a);
    Digest ab = Digest.sha256Of((a + " " + b).getBytes(StandardCharsets.UTF_8));
    assertThat(ChainId.of(List.of(a, b))).isEqualTo(ab);
    Digest abc = Digest.sha256Of((ab + " " + c).getBytes(StandardCharsets.UTF_8));
    assertThat(ChainId.all(List.of(a, b, c))).containsExactly(a, ab, abc);
    assertThatThrownBy(() -> ChainId.of(List.of())).isInstanceOf(IllegalArgumentException.class);
  }
}
