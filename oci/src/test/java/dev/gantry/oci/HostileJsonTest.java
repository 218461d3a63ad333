package dev.gantry.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.oci.runtime.Arg;
import dev.gantry.oci.runtime.RuntimeSpec;
import dev.gantry.oci.runtime.SeccompProfile;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a document holds, it is either read or refused with the one exception for that. */
class HostileJsonTest {
  private static final String DIGEST = "sha256:" + "a1".repeat(32);
  private static final List<String> DOCUMENTS =
      List.of(
          """
          {"schemaVersion":2,"mediaType":"%s","annotations":{"a":"b"},"manifests":[{"mediaType":"x",
           "digest":"%s","size":12,"urls":["u"],"platform":{"os":"linux","architecture":"arm"}}]}
          """
              .formatted(MediaTypes.OCI_INDEX, DIGEST),
          """
          {"schemaVersion":2,"config":{"mediaType":"x","digest":"%1$s","size":1},
           "layers":[{"mediaType":"x","digest":"%1$s","size":99999999999}]}
          """
              .formatted(DIGEST),
          """
          {"architecture":"amd64","os":"linux","config":{"User":"a","Env":["A=\\u00e9"],
           "Volumes":{"/v":{}},"Labels":{"l":"m"},"Cmd":null},"history":[{"empty_layer":true}],
           "rootfs":{"type":"layers","diff_ids":["%s"]}}
          """
              .formatted(DIGEST),
          """
          {"ociVersion":"1.0.2","process":{"user":{"uid":1,"additionalGids":[1,2]},"cwd":"/",
           "args":["a"],"rlimits":[{"type":"R","hard":18446744073709551615,"soft":0}]},
           "linux":{"resources":{"cpu":{"shares":2},"unified":{"a":"b"}},
           "seccomp":{"defaultAction":"X","syscalls":[{"names":["a"],"action":"b"}]}}}
          """,
          """
          {"defaultAction":"SCMP_ACT_ERRNO","archMap":[{"architecture":"a"}],"syscalls":[
           {"name":"a","action":"SCMP_ACT_ALLOW","args":[{"index":1,"value":2,"op":"SCMP_CMP_EQ"}],
            "includes":{"caps":["a"],"minKernel":"4.8"}}]}
          """);
  private static final List<Class<?>> TYPES =
      List.of(
          ImageIndex.class,
          ImageManifest.class,
          ImageConfig.class,
          RuntimeSpec.class,
          SeccompProfile.class);
  private static final List<String> PIECES =
      List.of(
          "null",
          "{",
          "}",
          "[",
          "]",
          "\"",
          "\\",
          ",",
          ":",
          "-",
          "1e9",
          "1e-400",
          "0.5",
          "true",
          "{}",
          "[]",
          "\"\\ud800\"",
          "99999999999999999999999",
          "\u0000",
          "é",
          "\"sha256:\"");

  @Test
  void everyMutationIsReadOrRefused() {
    Random random = new Random(42);
    int refused = 0;
    int rounds = 40_000;
    for (int i = 0; i < rounds; i++) {
      int document = random.nextInt(DOCUMENTS.size());
      byte[] json = mutate(DOCUMENTS.get(document), random);
      try {
        assertThat(OciJson.parse(json, TYPES.get(document))).isNotNull();
      } catch (OciFormatException e) {
        refused++;
        assertThat(e.getMessage()).hasSizeLessThan(800);
      } catch (RuntimeException | StackOverflowError e) {
        throw new AssertionError(new String(json, StandardCharsets.UTF_8), e);
      }
    }
    assertThat(refused).isBetween(rounds / 10, rounds - 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1e1000000000",
        "1e-1000000000",
        "-1",
        "1.5",
        "18446744073709551616",
        "\"x\"",
        "{}"
      })
  void refusesNumbersThatAreNone(String number) {
    assertThatThrownBy(() ->
            OciJson.parse(
                "{\"index\":0,\"value\":" + number + ",\"op\":\"SCMP_CMP_EQ\"}", Arg.class))
        .isInstanceOf(OciFormatException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"1e1000000000", "1e19", "-1", "1.5", "99999999999999999999", "\"x\"", "{}"})
  void refusesSizesThatAreNone(String size) {
    assertThatThrownBy(() ->
            OciJson.parse(
                "{\"mediaType\":\"a\",\"digest\":\"" + DIGEST + "\",\"size\":" + size + "}",
                Descriptor.class))
        .isInstanceOf(OciFormatException.class);
  }

  private static byte[] mutate(String document, Random random) {
    StringBuilder text = new StringBuilder(document);
    for (int n = random.nextInt(3); n >= 0; n--) {
      int at = random.nextInt(text.length() + 1);
      int end = Math.min(text.length(), at + random.nextInt(12));
      String piece = PIECES.get(random.nextInt(PIECES.size()));
      switch (random.nextInt(4)) {
        case 0 -> text.insert(at, piece);
        case 1 -> text.delete(at, end);
        case 2 -> text.replace(at, end, piece);
        default -> text.setLength(at);
      }
    }
    byte[] json = text.toString().getBytes(StandardCharsets.UTF_8);
    if (random.nextInt(4) == 0 && json.length > 0) {
      json[random.nextInt(json.length)] = (byte) random.nextInt(256);
    }
    return json;
  }
}
