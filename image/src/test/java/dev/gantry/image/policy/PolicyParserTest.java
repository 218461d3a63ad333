package dev.gantry.image.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.image.policy.ImageOrigin.FileKind;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.OciFormatException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyParserTest {
  private static final String DEFAULT = "'default': [{'type': 'reject'}]";

  private static PolicyFile parse(String json) {
    return PolicyParser.parse(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  private static String judgedBy(PolicyFile policy, ImageOrigin origin) {
    return policy.requirements(origin).getFirst().place();
  }

  private static String judgedBy(PolicyFile policy, String name) {
    return judgedBy(policy, new ImageOrigin.Registry(ImageReference.parse(name)));
  }

  @Test
  void theMostSpecificScopeCounts() {
    String accept = "[{'type': 'insecureAcceptAnything'}]";
    PolicyFile policy =
        parse(
            """
            {%s, 'transports': {'docker': {
              '': A, '*.example.com': A, '*.hub.example.com': A, 'a.hub.example.com:5000': A,
              'registry.example/team': A, 'registry.example/team/app': A,
              'registry.example/team/app:1': A, 'docker.io/library': A,
              'registry.example/team/app@sha256:%s': A},
             'oci-archive': {'/srv/images': A, '/srv/images/a.tar': A},
             'docker-archive': {'': A}}}
            """
                .formatted(DEFAULT, "1".repeat(64))
                .replace("A", accept));
    assertThat(judgedBy(policy, "registry.example/team/app:1"))
        .isEqualTo("transports.docker[\"registry.example/team/app:1\"][0]");
    assertThat(judgedBy(policy, "registry.example/team/app:2"))
        .isEqualTo("transports.docker[\"registry.example/team/app\"][0]");
    String digest = "registry.example/team/app@sha256:" + "1".repeat(64);
    assertThat(judgedBy(policy, digest)).isEqualTo("transports.docker[\"" + digest + "\"][0]");
    assertThat(judgedBy(policy, "registry.example/team/app:1@sha256:" + "2".repeat(64)))
        .isEqualTo("transports.docker[\"registry.example/team/app\"][0]");
    assertThat(judgedBy(policy, "registry.example/team/apple:1"))
        .isEqualTo("transports.docker[\"registry.example/team\"][0]");
    assertThat(judgedBy(policy, "busybox"))
        .isEqualTo("transports.docker[\"docker.io/library\"][0]");
    assertThat(judgedBy(policy, "a.hub.example.com:5000/x"))
        .isEqualTo("transports.docker[\"a.hub.example.com:5000\"][0]");
    assertThat(judgedBy(policy, "b.hub.example.com:5000/x"))
        .isEqualTo("transports.docker[\"*.hub.example.com\"][0]");
    assertThat(judgedBy(policy, "hub.example.com/x"))
        .isEqualTo("transports.docker[\"*.example.com\"][0]");
    assertThat(judgedBy(policy, "example.com/x")).isEqualTo("transports.docker[\"\"][0]");
    assertThat(judgedBy(policy, "other.example/x")).isEqualTo("transports.docker[\"\"][0]");

    assertThat(judgedBy(policy, file(FileKind.OCI_ARCHIVE, "/srv/images/a.tar")))
        .isEqualTo("transports.oci-archive[\"/srv/images/a.tar\"][0]");
    assertThat(judgedBy(policy, file(FileKind.OCI_ARCHIVE, "/srv/images/deep/b.tar")))
        .isEqualTo("transports.oci-archive[\"/srv/images\"][0]");
    assertThat(judgedBy(policy, file(FileKind.OCI_ARCHIVE, "/srv/images2/b.tar")))
        .isEqualTo("default[0]");
    assertThat(judgedBy(policy, file(FileKind.OCI, "/srv/images"))).isEqualTo("default[0]");
    assertThat(judgedBy(policy, new ImageOrigin.LocalFile(FileKind.DOCKER_ARCHIVE, null)))
        .isEqualTo("transports.docker-archive[\"\"][0]");
  }

  private static ImageOrigin file(FileKind kind, String path) {
    return new ImageOrigin.LocalFile(kind, Path.of(path));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | the key \"default\" is missing",
        "[] | must be an object",
        "{'default': []} | default: the list of requirements is empty",
        "{'default': {}} | default: must be a list",
        "{'default': [{}]} | default[0]: the key \"type\" is missing",
        "{'default': [{'type': 1}]} | default[0].type: must be a string",
        "{'default': [{'type': 'allow'}]} | default[0].type: unknown type \"allow\"",
        "{'default': [{'type': 'reject', 'x': 1}]} | default[0]: unknown key \"x\"",
        "{D, 'default': [{'type': 'reject'}]} | the key \"default\" is there twice",
        "{D, 'transport': {}} | unknown key \"transport\" (known: default, transports)",
        "{D, 'transports': {'dokcer': {}}} | transports: unknown key \"dokcer\"",
        "{D, 'transports': {'docker': {'*.a.b:50': R}}} | a wildcard scope is",
        "{D, 'transports': {'docker': {'*a.b': R}}} | a wildcard scope is",
        "{D, 'transports': {'docker-archive': {'/x': R}}} | knows no scope but \"\"",
        "{D, 'transports': {'oci': {'/': R}}} | transports.oci[\"/\"]: a scope of oci is",
        "{D, 'transports': {'oci': {'/a/../b': R}}} | is an absolute path",
        "{D, 'transports': {'oci': {'a': R}}} | is an absolute path",
        "{'default': [{S}]} | exactly one of fulcio, keyData, keyDatas, keyPath, keyPaths, pki",
        "{'default': [{S, 'keyPath': '/a', 'keyData': 'eA=='}]} | there are keyPath and keyData",
        "{'default': [{S, 'keyPath': 'a'}]} | default[0].keyPath: must be an absolute path",
        "{'default': [{S, 'keyPath': ['/a']}]} | default[0].keyPath: must be a string",
        "{'default': [{S, 'keyPaths': '/a'}]} | default[0].keyPaths: must be a list",
        "{'default': [{S, 'keyPaths': []}]} | default[0].keyPaths: there is no key in it",
        "{'default': [{S, 'keyData': '***'}]} | default[0].keyData: must be a key in PEM",
        "{'default': [{S, 'keyPath': '/a', 'keyType': 'x'}]} | unknown key \"keyType\"",
        "{'default': [{S, 'keyPath': '/a', I {'type': 'match'}}]} | unknown type \"match\"",
        "{'default': [{S, 'keyPath': '/a', I {'type': 'exactReference'}}]} | is missing",
        "{'default': [{S, 'keyPath': '/a', I {'type': 'exactReference', 'dockerReference': 'a'}}]}"
            + " | dockerReference: must be a name with a tag or a digest",
        "{'default': [{S, 'keyPath': '/a', I {'type': 'exactRepository', 'dockerRepository':"
            + " 'A'}}]} | dockerRepository: must be the name of a repository",
        "{'default': [{S, 'keyPath': '/a', I {'type': 'remapIdentity', 'prefix': 'a/b:1',"
            + " 'signedPrefix': 'c'}}]} | prefix: must be a registry",
        "{'default': [{'type': 'signedBy', 'keyType': 'X', 'keyPath': '/a'}]} | must be \"GPGKeys\""
      })
  void mistakesAreNamed(String json, String message) {
    String whole =
        json.replace("D,", DEFAULT + ",")
            .replace(": R}", ": [{'type': 'reject'}]}")
            .replace("{S", "{'type': 'sigstoreSigned'")
            .replace("I {", "'signedIdentity': {");
    assertThatThrownBy(() -> parse(whole))
        .isInstanceOf(OciFormatException.class)
        .hasMessageContaining(message);
  }
}
