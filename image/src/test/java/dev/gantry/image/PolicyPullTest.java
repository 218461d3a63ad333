package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.testkit.Json;
import dev.gantry.testkit.Registry;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import dev.gantry.testkit.TestIndex;
import dev.gantry.testkit.TestSignature;
import dev.gantry.testkit.TestSignature.Signed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What policy.json lets in, of images and signatures in Debian's registry. */
class PolicyPullTest {
  private static final SigningKey KEY = SigningKey.ec("secp256r1");
  private static final SigningKey OTHER = SigningKey.ec("secp256r1");
  private static Registry registry;

  @RegisterExtension final TestDirs dirs = new TestDirs();

  private PullFixture pulls;
  private Path policy;
  private Path publicKey;

  @BeforeAll
  static void startRegistry() {
    registry = Registry.start();
  }

  @AfterAll
  static void stopRegistry() {
    registry.close();
  }

  @BeforeEach
  void open() throws IOException {
    policy = dirs.path("policy.json");
    publicKey = KEY.writePublic(dirs.path("cosign.pub"));
    pulls = new PullFixture(dirs.base(), policy);
  }

  @AfterEach
  void close() {
    pulls.close();
  }

  /** Every image another one, so that no test sees another's signatures. */
  private static TestImage image(String content) {
    return TestImage.builder().layer(TarEntry.file("f", content)).build();
  }

  private void policy(Object registryRequirements) throws IOException {
    Files.write(
        policy,
        Json.bytes(
            Map.of(
                "default",
                List.of(Map.of("type", "reject")),
                "transports",
                Map.of("docker", Map.of(registry.host(), registryRequirements)))));
  }

  private void signedBy(Path key, Map<String, ?> identity) throws IOException {
    policy(
        List.of(
            Map.of(
                "type", "sigstoreSigned", "keyPath", key.toString(), "signedIdentity", identity)));
  }

  private static void sign(String repository, String digest, Signed... signatures) {
    registry.push(repository, TestSignature.tag(digest), TestSignature.of(signatures));
  }

  private void refused(String name, String... parts) {
    assertThatThrownBy(() -> pulls.pull(name))
        .isInstanceOf(PolicyException.class)
        .hasMessageStartingWith("pull " + name + ": policy " + policy)
        .hasMessageContainingAll(parts);
    assertThat(pulls.store().list()).isEmpty();
    assertThat(pulls.leftovers()).isEmpty();
  }

  private String place() {
    return "transports.docker[\"" + registry.host() + "\"]";
  }

  @Test
  void whereNothingIsSignedTheScopesDecide() throws Exception {
    String name = registry.push("plain/app", "1", image("plain"));
    policy(List.of(Map.of("type", "reject")));
    refused(name, place() + "[0]: reject");
    policy(List.of(Map.of("type", "insecureAcceptAnything")));
    assertThat(pulls.pull(name).repoTags()).containsExactly(name);
  }

  @Test
  void allRequirementsMustHold() throws Exception {
    String name = registry.push("all/app", "1", image("all"));
    policy(List.of(Map.of("type", "insecureAcceptAnything"), Map.of("type", "reject")));
    refused(name, place() + "[1]: reject");
  }

  @Test
  void aMissingFileLetsEverythingInUnlessItWasAskedFor() throws Exception {
    String name = registry.push("missing/app", "1", image("missing"));
    try (var strict = new PullFixture(dirs.dir("strict"), policy, true)) {
      assertThatThrownBy(() -> strict.pull(name))
          .isInstanceOf(PolicyException.class)
          .hasMessageContainingAll(policy.toString(), "no such file", "image.policy_file");
    }
    assertThat(pulls.pull(name).repoTags()).containsExactly(name);
  }

  @Test
  void aPolicyThatIsNotUnderstoodLetsNothingIn() throws Exception {
    String name = registry.push("broken/app", "1", image("broken"));
    Files.writeString(policy, "{\"default\": [{\"type\": \"accept\"}]}");
    refused(name, "default[0].type: unknown type \"accept\"", "insecureAcceptAnything");
    Files.writeString(policy, "{");
    refused(name, "not JSON");
  }

  @Test
  void signatureOfTheVeryName() throws Exception {
    TestImage image = image("exact");
    String name = registry.push("exact/app", "1", image);
    policy(List.of(Map.of("type", "sigstoreSigned", "keyPath", publicKey.toString())));
    refused(name, "a signature is required and there is none", TestSignature.tag(image.digest()));
    sign("exact/app", image.digest(), KEY.sign(image.digest(), name));
    assertThat(pulls.pull(name).repoTags()).containsExactly(name);
    String byDigest = registry.host() + "/exact/app@" + image.digest();
    assertThat(pulls.pull(byDigest).repoDigests()).containsExactly(byDigest);
    String otherTag = registry.push("exact/app", "2", image);
    assertThatThrownBy(() -> pulls.pull(otherTag))
        .hasMessageContaining(
            "it is for the name \"" + name + "\", and matchRepoDigestOrExact wants " + otherTag);
  }

  @Test
  void keysOfAllKindsInFilesAndInThePolicy() throws Exception {
    for (SigningKey key :
        List.of(
            SigningKey.ec("secp384r1"),
            SigningKey.ec("secp384r1", "SHA384withECDSA"),
            SigningKey.ec("secp521r1"),
            SigningKey.ec("secp521r1", "SHA512withECDSA"),
            SigningKey.rsa(2048),
            SigningKey.ed25519())) {
      TestImage image = image(key.pem());
      String name = registry.push("kinds/app", "1", image);
      sign("kinds/app", image.digest(), key.sign(image.digest(), name));
      String inline =
          Base64.getEncoder().encodeToString(key.pem().getBytes(StandardCharsets.UTF_8));
      policy(
          List.of(
              Map.of("type", "sigstoreSigned", "keyDatas", List.of(inline)),
              Map.of("type", "sigstoreSigned", "keyData", inline),
              Map.of(
                  "type",
                  "sigstoreSigned",
                  "keyPaths",
                  List.of(
                      publicKey.toString(),
                      key.writePublic(dirs.path("further.pub")).toString()))));
      assertThat(pulls.pull(name).id()).hasToString(image.id());
    }
  }

  @Test
  void aSignatureByAnotherKeyOrOfOtherBytes() throws Exception {
    TestImage image = image("forged");
    String name = registry.push("forged/app", "1", image);
    signedBy(publicKey, Map.of("type", "matchExact"));
    Signed theirs = OTHER.sign(image.digest(), name);
    sign("forged/app", image.digest(), theirs);
    refused(name, "signature 1 of " + image.digest(), "not made with the key " + publicKey);

    Signed good = KEY.sign(image.digest(), registry.host() + "/forged/other:1");
    byte[] changed = TestSignature.payload(image.digest(), name);
    sign("forged/app", image.digest(), theirs, new Signed(changed, good.base64()));
    refused(name, "signature 2", "not made with the key");

    sign("forged/app", image.digest(), new Signed(changed, "no base64!"));
    refused(name, "not base64");
    sign("forged/app", image.digest(), new Signed(changed, ""));
    refused(name, "not made with the key");
    sign("forged/app", image.digest(), theirs, KEY.sign(image.digest(), name));
    assertThat(pulls.pull(name).id()).hasToString(image.id());
  }

  @Test
  void aSignatureOfAnotherImage() throws Exception {
    TestImage signed = image("signed");
    TestImage swapped = image("swapped");
    String name = registry.push("swapped/app", "1", swapped);
    signedBy(publicKey, Map.of("type", "matchExact"));
    sign("swapped/app", swapped.digest(), KEY.sign(signed.digest(), name));
    refused(name, "it is for the digest " + signed.digest());
  }

  @Test
  void aPayloadThatSaysMoreOrLess() throws Exception {
    TestImage image = image("payload");
    String name = registry.push("payload/app", "1", image);
    signedBy(publicKey, Map.of("type", "matchExact"));
    String good = new String(TestSignature.payload(image.digest(), name), StandardCharsets.UTF_8);
    for (String bad :
        List.of(
            good.replace("cosign container", "atomic container"),
            good.replace("\"type\"", "\"kind\""),
            good.replace("\"optional\":null", "\"more\":null"),
            good.replace("{\"docker-reference\"", "{\"x\":1,\"docker-reference\""),
            good.replaceFirst("\"critical\"", "\"critical\":{},\"critical\""),
            "[]",
            "")) {
      sign("payload/app", image.digest(), KEY.sign(bad.getBytes(StandardCharsets.UTF_8)));
      refused(name, "its payload: ");
    }
  }

  @Test
  void identities() throws Exception {
    TestImage image = image("identity");
    String name = registry.push("identity/app", "1", image);
    String repository = registry.host() + "/identity/app";
    // As cosign signs: without a tag.
    sign("identity/app", image.digest(), KEY.sign(image.digest(), repository));
    signedBy(publicKey, Map.of("type", "matchRepoDigestOrExact"));
    refused(name, "cosign signs no tags", "matchRepository");
    signedBy(publicKey, Map.of("type", "matchRepository"));
    assertThat(pulls.pull(name).id()).hasToString(image.id());

    sign("identity/app", image.digest(), KEY.sign(image.digest(), "vendor.example/team/app:1"));
    signedBy(publicKey, Map.of("type", "matchRepository"));
    refusedNow(name, "vendor.example/team/app:1", "matchRepository wants " + repository);
    signedBy(
        publicKey,
        Map.of("type", "exactReference", "dockerReference", "vendor.example/team/app:1"));
    pulls.pull(name);
    signedBy(
        publicKey,
        Map.of("type", "exactReference", "dockerReference", "vendor.example/team/app:2"));
    refusedNow(name, "exactReference wants vendor.example/team/app:2");
    signedBy(
        publicKey,
        Map.of("type", "exactRepository", "dockerRepository", "vendor.example/team/app"));
    pulls.pull(name);
    signedBy(
        publicKey,
        Map.of(
            "type",
            "remapIdentity",
            "prefix",
            registry.host() + "/identity",
            "signedPrefix",
            "vendor.example/team"));
    pulls.pull(name);
    signedBy(
        publicKey,
        Map.of(
            "type",
            "remapIdentity",
            "prefix",
            registry.host() + "/ident",
            "signedPrefix",
            "vendor.example/team"));
    refusedNow(name, "remapIdentity wants " + name);
  }

  private void refusedNow(String name, String... parts) {
    assertThatThrownBy(() -> pulls.pull(name))
        .isInstanceOf(PolicyException.class)
        .hasMessageContainingAll(parts);
  }

  @Test
  void aSignedIndexSignsWhatItNames() throws Exception {
    TestImage image = image("index");
    TestIndex index = TestIndex.of(image);
    String name = registry.push("index/app", "1", index);
    signedBy(publicKey, Map.of("type", "matchExact"));
    refused(name, TestSignature.tag(image.digest()));
    sign("index/app", index.digest(), KEY.sign(index.digest(), name));
    assertThat(pulls.pull(name).id()).hasToString(image.id());

    TestImage one = image("one of an index");
    String second = registry.push("index/app", "2", TestIndex.of(one));
    sign("index/app", one.digest(), KEY.sign(one.digest(), second));
    assertThat(pulls.pull(second).id()).hasToString(one.id());
  }

  @Test
  void keysThatCannotBeRead() throws Exception {
    String name = registry.push("keys/app", "1", image("keys"));
    Path key = dirs.path("missing.pub");
    signedBy(key, Map.of("type", "matchExact"));
    refused(name, "public key " + key + ": no such file");
    Files.writeString(key, "hello");
    refused(name, "no PEM");
    Files.writeString(key, KEY.pem().replace("PUBLIC KEY", "CERTIFICATE"));
    refused(name, "a CERTIFICATE, but a PUBLIC KEY");
    SigningKey.rsa(1024).writePublic(key);
    refused(name, "an RSA key of 1024 bits");
    SigningKey.ed25519().writePublic(key);
    refused(name, "there is none");
  }

  @Test
  void whatGantryCannotVerifyIsRefused() throws Exception {
    String name = registry.push("gpg/app", "1", image("gpg"));
    policy(
        List.of(Map.of("type", "signedBy", "keyType", "GPGKeys", "keyPath", "/etc/pki/key.gpg")));
    refused(name, place() + "[0]: signedBy (simple signing with GPG keys) is not supported");
    policy(
        List.of(
            Map.of(
                "type",
                "sigstoreSigned",
                "fulcio",
                Map.of("caPath", "/ca", "oidcIssuer", "x", "subjectEmail", "y"),
                "rekorPublicKeyPath",
                "/rekor.pub")));
    refused(name, "sigstoreSigned with fulcio", "is not supported");
    policy(
        List.of(
            Map.of(
                "type",
                "sigstoreSigned",
                "keyPath",
                publicKey.toString(),
                "rekorPublicKeyPath",
                "/rekor.pub")));
    refused(name, "rekorPublicKeyPath", "is not supported");
    policy(List.of(Map.of("type", "sigstoreSigned", "pki", Map.of("caRootsPath", "/ca"))));
    refused(name, "sigstoreSigned with pki", "is not supported");
  }

  @Test
  void importsAreJudgedToo() throws Exception {
    Path tar = dirs.path("app.tar");
    dev.gantry.testkit.ImageArchive.ociLayout(tar, Map.of("registry.example/app:1", image("oci")));
    Path docker = dirs.path("docker.tar");
    dev.gantry.testkit.ImageArchive.dockerSave(docker, Map.of("app:1", image("docker")));
    Files.write(
        policy,
        Json.bytes(
            Map.of(
                "default",
                List.of(Map.of("type", "sigstoreSigned", "keyPath", publicKey.toString())),
                "transports",
                Map.of(
                    "oci-archive",
                    Map.of(
                        dirs.base().toRealPath().toString(),
                        List.of(Map.of("type", "insecureAcceptAnything")))))));
    assertThatThrownBy(() -> pulls.importer().importArchive(docker))
        .isInstanceOf(PolicyException.class)
        .hasMessageContainingAll("import " + docker, "default[0]", "docker-archive");
    assertThat(pulls.importer().importArchive(tar)).hasSize(1);
    Files.write(policy, Json.bytes(Map.of("default", List.of(Map.of("type", "reject")))));
    assertThatThrownBy(() -> pulls.importer().importArchive(tar))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("reject");
  }
}
