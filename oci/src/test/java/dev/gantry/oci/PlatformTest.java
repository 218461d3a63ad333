package dev.gantry.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlatformTest {
  @ParameterizedTest
  @CsvSource({
    "linux/amd64, linux/amd64",
    "linux/x86_64, linux/amd64",
    "Linux/AMD64/v1, linux/amd64",
    "linux/amd64/v3, linux/amd64/v3",
    "linux/aarch64, linux/arm64",
    "linux/arm64/v8, linux/arm64",
    "linux/arm, linux/arm/v7",
    "linux/armhf, linux/arm/v7",
    "linux/armel, linux/arm/v6",
    "linux/arm/6, linux/arm/v6",
    "linux/i386, linux/386",
  })
  void bringsSpellingsToOne(String text, String normal) {
    assertThat(Platform.parse(text)).hasToString(normal);
  }

  @Test
  void refusesWhatIsNoPlatform() {
    for (String bad : List.of("", "linux", "linux/", "/amd64", "a/b/c/d", "linux/am d64")) {
      assertThatThrownBy(() -> Platform.parse(bad)).as(bad).isInstanceOf(OciFormatException.class);
    }
    assertThat(Platform.host().os()).isEqualTo("linux");
  }

  @ParameterizedTest
  @CsvSource({
    "linux/amd64, linux/arm64;linux/amd64, 1",
    "linux/amd64, linux/386;linux/amd64, 1",
    "linux/amd64, linux/386;linux/arm, 0",
    "linux/amd64, linux/amd64/v3;linux/amd64, 1",
    "linux/amd64, linux/amd64/v2;windows/amd64, -1",
    "linux/amd64, windows/amd64, -1",
    "linux/arm/v7, linux/arm/v5;linux/arm/v6, 1",
    "linux/arm/v7, linux/arm/v5;linux/arm/v7;linux/arm/v6, 1",
    "linux/arm/v6, linux/arm/v7;linux/arm/v5, 1",
    "linux/arm/v6, linux/arm/v7, -1",
    "linux/arm64, linux/arm/v5;linux/arm/v7, 1",
    "linux/arm64, linux/arm64/v9;linux/arm64/v8.1, -1",
    "linux/arm64, linux/arm/v7;linux/arm64, 1",
    "linux/riscv64, linux/amd64;linux/riscv64, 1",
  })
  void choosesTheBest(String wanted, String offered, int expected) {
    List<Descriptor> manifests = new ArrayList<>();
    for (String each : offered.split(";", -1)) {
      manifests.add(descriptor(manifests.size()).withPlatform(Platform.parse(each)));
    }
    // What buildkit adds to every index: attestations, whose platform is unknown.
    manifests.add(descriptor(9).withPlatform(Platform.parse("unknown/unknown")));
    ImageIndex index = new ImageIndex(2, MediaTypes.OCI_INDEX, manifests, Map.of());
    assertThat(index.choose(Platform.parse(wanted)).map(manifests::indexOf).orElse(-1))
        .isEqualTo(expected);
  }

  @Test
  void takesAnEntryWithoutPlatformLast() {
    Descriptor plain = descriptor(0);
    Descriptor other = descriptor(1).withPlatform(Platform.parse("linux/386"));
    Platform wanted = Platform.parse("linux/amd64");
    assertThat(new ImageIndex(2, null, List.of(plain, other), Map.of()).choose(wanted))
        .contains(other);
    assertThat(new ImageIndex(2, null, List.of(plain), Map.of()).choose(wanted)).contains(plain);
    assertThat(new ImageIndex(2, null, List.of(), Map.of()).choose(wanted)).isEmpty();
  }

  @Test
  void readsPlatformsFromAnIndex() {
    ImageIndex index =
        OciJson.parse(
            """
            {"schemaVersion":2,"manifests":[{"mediaType":"%s","digest":"sha256:%s","size":3,
             "platform":{"architecture":"arm","os":"linux","variant":"v7","os.version":"1",
               "features":["sse4"]}}]}
            """
                .formatted(MediaTypes.OCI_MANIFEST, "0".repeat(64)),
            ImageIndex.class);
    assertThat(index.manifests().getFirst().platform()).isEqualTo(Platform.parse("linux/arm/v7"));
  }

  private static Descriptor descriptor(int number) {
    return new Descriptor(
        MediaTypes.OCI_MANIFEST, Digest.sha256(String.valueOf(number).repeat(64)), number);
  }
}
