package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.oci.Platform;
import org.junit.jupiter.api.Test;

class NodePlatformTest {
  private static final String V2 = "fpu pni ssse3 cx16 sse4_1 sse4_2 popcnt lahf_lm";
  private static final String V3 = V2 + " avx avx2 bmi1 bmi2 f16c fma abm movbe xsave";
  private static final String V4 = V3 + " avx512f avx512bw avx512cd avx512dq avx512vl";

  private static String amd64(String flags) {
    Platform host = new Platform("linux", "amd64", null);
    return NodePlatform.of(host, "processor\t: 0\nflags\t\t: " + flags + "\n\n").toString();
  }

  @Test
  void levelsOfAmd64() {
    assertThat(amd64("fpu sse2")).isEqualTo("linux/amd64");
    assertThat(amd64(V2)).isEqualTo("linux/amd64/v2");
    assertThat(amd64(V3)).isEqualTo("linux/amd64/v3");
    assertThat(amd64(V3.replace("bmi1 ", ""))).isEqualTo("linux/amd64/v2");
    assertThat(amd64(V4)).isEqualTo("linux/amd64/v4");
    assertThat(NodePlatform.of(new Platform("linux", "amd64", null), ""))
        .hasToString("linux/amd64");
  }

  @Test
  void versionsOfArm() {
    Platform host = new Platform("linux", "arm", null);
    assertThat(NodePlatform.of(host, "CPU architecture: 6\n")).hasToString("linux/arm/v6");
    assertThat(NodePlatform.of(host, "CPU architecture: 8\n")).hasToString("linux/arm/v8");
    assertThat(NodePlatform.of(host, "")).hasToString("linux/arm/v7");
    assertThat(NodePlatform.of(new Platform("linux", "arm64", null), "CPU architecture: 8\n"))
        .hasToString("linux/arm64");
  }

  @Test
  void theNodesOwnRunsItsImages() {
    Platform node = NodePlatform.detect();
    assertThat(node.runs(Platform.host())).isTrue();
    assertThat(node.runs(new Platform("windows", node.arch(), null))).isFalse();
  }
}
