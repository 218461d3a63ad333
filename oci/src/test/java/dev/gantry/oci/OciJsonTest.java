package dev.gantry.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.oci.runtime.Arg;
import dev.gantry.oci.runtime.Capabilities;
import dev.gantry.oci.runtime.IdMapping;
import dev.gantry.oci.runtime.Process;
import dev.gantry.oci.runtime.Rlimit;
import dev.gantry.oci.runtime.Root;
import dev.gantry.oci.runtime.RuntimeSpec;
import dev.gantry.oci.runtime.User;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OciJsonTest {
  private static final String HEX = "ab".repeat(32);

  @Test
  void readsAConfigurationAsDockerWritesIt() {
    ImageConfig config =
        OciJson.parse(
            """
            {"architecture":"amd64","os":"linux","container":"x","docker_version":"20.10",
             "config":{"Hostname":"","User":"","AttachStdin":false,"ExposedPorts":{"80/tcp":{},"53/udp":null},
               "Env":["PATH=/bin","A=b=c"],"Cmd":["sh","-c","a \\"b\\" \\u00e9"],"Entrypoint":null,
               "Volumes":null,"WorkingDir":"","OnBuild":null,"Labels":null,"ArgsEscaped":true,
               "Healthcheck":{"Test":["CMD","x"],"Interval":1000000000}},
             "container_config":{"Cmd":["a"]},"created":"2026-01-01T00:00:00Z",
             "history":[{"created":"2026-01-01T00:00:00Z","created_by":"x","empty_layer":true},{}],
             "rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}
            """
                .formatted(HEX),
            ImageConfig.class);
    ContainerDefaults defaults = config.config();
    assertThat(defaults.user()).isNull();
    assertThat(defaults.entrypoint()).isEmpty();
    assertThat(defaults.cmd()).containsExactly("sh", "-c", "a \"b\" é");
    assertThat(defaults.env()).containsExactly("PATH=/bin", "A=b=c");
    assertThat(defaults.exposedPorts().names()).containsExactly("53/udp", "80/tcp");
    assertThat(defaults.volumes().isEmpty()).isTrue();
    assertThat(config.history()).extracting(History::emptyLayer).containsExactly(true, false);
    assertThat(config.rootfs().diffIds()).containsExactly(Digest.sha256(HEX));
    assertThat(config.platform()).isEqualTo(Platform.parse("linux/amd64"));
  }

  @Test
  void readsAConfigurationWithoutAConfig() {
    ImageConfig config =
        OciJson.parse("{\"config\":null,\"rootfs\":{\"diff_ids\":null}}", ImageConfig.class);
    assertThat(config.config()).isEqualTo(ContainerDefaults.NONE);
    assertThat(config.platform()).isEqualTo(Platform.host());
    assertThat(config.rootfs().diffIds()).isEmpty();
  }

  @Test
  void writesNothingThatIsNullOrEmpty() {
    ContainerDefaults defaults =
        new ContainerDefaults(
            "root",
            NameSet.EMPTY,
            List.of(),
            List.of(),
            List.of("sh"),
            NameSet.of("/b", "/a"),
            null,
            Map.of("k", "v"),
            "");
    assertThat(OciJson.toText(defaults))
        .isEqualTo(
            "{\"User\":\"root\",\"Cmd\":[\"sh\"],\"Volumes\":{\"/a\":{},\"/b\":{}},"
                + "\"Labels\":{\"k\":\"v\"}}");
    assertThat(OciJson.toText(ContainerDefaults.NONE)).isEqualTo("{}");
    assertThat(OciJson.parse(OciJson.toJson(defaults), ContainerDefaults.class))
        .isEqualTo(defaults);
  }

  @Test
  void writesARuntimeSpec() {
    Process process =
        new Process(
            false,
            null,
            new User(1000, 0, null, List.of(4294967294L)),
            List.of("sh"),
            List.of(),
            "/",
            Capabilities.of(List.of("CAP_CHOWN")),
            List.of(new Rlimit("RLIMIT_NOFILE", Rlimit.UNLIMITED, 1024)),
            true,
            null,
            -999,
            null);
    RuntimeSpec spec =
        new RuntimeSpec(
            RuntimeSpec.VERSION,
            process,
            new Root("rootfs", true),
            null,
            List.of(),
            null,
            Map.of(),
            null);
    assertThat(OciJson.toText(spec))
        .isEqualTo(
            "{\"ociVersion\":\"1.0.2\",\"process\":{\"terminal\":false,"
                + "\"user\":{\"uid\":1000,\"gid\":0,\"additionalGids\":[4294967294]},"
                + "\"args\":[\"sh\"],\"cwd\":\"/\",\"capabilities\":{\"bounding\":[\"CAP_CHOWN\"],"
                + "\"effective\":[\"CAP_CHOWN\"],\"permitted\":[\"CAP_CHOWN\"]},"
                + "\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"hard\":18446744073709551615,"
                + "\"soft\":1024}],\"noNewPrivileges\":true,\"oomScoreAdj\":-999},"
                + "\"root\":{\"path\":\"rootfs\",\"readonly\":true}}");
    assertThat(OciJson.parse(OciJson.toJson(spec), RuntimeSpec.class)).isEqualTo(spec);
  }

  @Test
  void keepsUnsignedNumbersAndOddNames() {
    Arg arg = new Arg(1, 0xFFFF_FFFF_0000_0000L, 4294967295L, "SCMP_CMP_MASKED_EQ");
    assertThat(OciJson.toText(arg)).contains("18446744069414584320", "4294967295");
    assertThat(OciJson.parse(OciJson.toJson(arg), Arg.class)).isEqualTo(arg);
    assertThatThrownBy(() -> OciJson.parse("{\"index\":0,\"value\":-1,\"op\":\"x\"}", Arg.class))
        .isInstanceOf(OciFormatException.class);
    assertThat(OciJson.toText(new IdMapping(0, 100000, 65536)))
        .isEqualTo("{\"containerID\":0,\"hostID\":100000,\"size\":65536}");
  }

  @Test
  void refusesWhatIsNoSuchDocument() {
    for (String bad :
        List.of(
            "",
            "null",
            "[]",
            "{",
            "{}",
            "\"x\"",
            "{\"schemaVersion\":2",
            "{\"schemaVersion\":1,\"manifests\":[]}",
            "{\"schemaVersion\":2,\"manifests\":[null]}",
            "{\"schemaVersion\":2,\"manifests\":[{}]}",
            "{\"schemaVersion\":2,\"manifests\":{}}",
            "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a\",\"digest\":\"sha256:x\","
                + "\"size\":1}]}",
            "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a\",\"digest\":\"sha256:%s\","
                    .formatted(HEX)
                + "\"size\":-1}]}",
            "{\"schemaVersion\":\"two\"}",
            "<html>502 Bad Gateway</html>")) {
      assertThatThrownBy(() -> OciJson.parse(bad, ImageIndex.class))
          .as(bad)
          .isInstanceOf(OciFormatException.class)
          .hasMessageStartingWith("ImageIndex");
    }
  }

  @Test
  void refusesWhatIsTooLongOrTooDeep() {
    assertThatThrownBy(() -> OciJson.parse(new byte[OciJson.MAX_BYTES + 1], ImageIndex.class))
        .hasMessageContaining("at most " + OciJson.MAX_BYTES);
    String deep = "{\"x\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}";
    assertThatThrownBy(() -> OciJson.parse(deep, ImageIndex.class))
        .hasMessageContaining("nested deeper");
    String brackets =
        "{\"schemaVersion\":2,\"annotations\":{\"a\":\"\\\"" + "[{".repeat(100) + "\\\\\"}}";
    assertThat(
            OciJson.parse(brackets.getBytes(StandardCharsets.UTF_8), ImageIndex.class)
                .annotations())
        .containsKey("a");
  }
}
