package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.cri.gantry.Pull;
import dev.gantry.cri.gantry.WatchPullsRequest;
import dev.gantry.cri.v1.AuthConfig;
import dev.gantry.cri.v1.Image;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.ListImagesRequest;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.RemoveImageRequest;
import dev.gantry.testkit.Answer;
import dev.gantry.testkit.HostileRegistry;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.Registry;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TestAuthority;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import dev.gantry.testkit.TokenServer;
import io.grpc.Context;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of pulls whose callers go away, and of those that may not be. */
class PullCallsTest {
  private static final int LAYER_BYTES = 400_000;

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static final TestDirs DIRS = new TestDirs();
  private static Node node;
  private static HostileRegistry registry;

  @BeforeAll
  static void startNode() throws IOException {
    registry = HostileRegistry.start();
    Path policy =
        Files.writeString(
            DIRS.path("policy.json"),
            """
            {"default": [{"type": "insecureAcceptAnything"}],
             "transports": {"docker": {
               "%s/secret": [{"type": "reject"}],
               "%s/signed": [{"type": "signedBy", "keyType": "GPGKeys", "keyPath": "/none"}]}}}
            """
                .formatted(registry.host(), registry.host()));
    String settings = "abandoned_pull = \"5s\"\npolicy_file = \"" + policy + "\"\n";
    node = Node.options().withoutImage().images(settings).start(DIRS);
    Hosts.plain(node, registry.host());
  }

  @AfterAll
  static void stopNode() {
    node.close();
    registry.close();
    DIRS.close();
  }

  @AfterEach
  void removeImages() {
    registry.behave();
    for (Image image : list()) {
      node.images()
          .removeImage(RemoveImageRequest.newBuilder().setImage(spec(image.getId())).build());
    }
  }

  private static ImageSpec spec(String name) {
    return ImageSpec.newBuilder().setImage(name).build();
  }

  private static List<Image> list() {
    return node.images().listImages(ListImagesRequest.getDefaultInstance()).getImagesList();
  }

  private static String pull(String name) {
    return pull(PullImageRequest.newBuilder().setImage(spec(name)));
  }

  private static String pull(String name, AuthConfig auth) {
    return pull(PullImageRequest.newBuilder().setImage(spec(name)).setAuth(auth));
  }

  private static String pull(PullImageRequest.Builder request) {
    return node.images().pullImage(request.build()).getImageRef();
  }

  private static List<Pull> pulls() {
    return node.gantry().watchPulls(WatchPullsRequest.getDefaultInstance()).next().getPullsList();
  }

  private static TestImage image(int seed) {
    byte[] noise = new byte[LAYER_BYTES];
    new Random(seed).nextBytes(noise);
    return TestImage.builder().layer(TarEntry.file("noise", 0644, noise)).build();
  }

  private static String serve(String name, TestImage image, Duration each) {
    registry.onLayer(image, 0, Answer.good().slowly(LAYER_BYTES / 30, each));
    return registry.serve(name, "1", image);
  }

  /** Begins a pull and goes away when its layers are known. */
  private static void pullAndGoAway(String name) throws Exception {
    var context = Context.current().withCancellation();
    CompletableFuture<Void> call =
        CompletableFuture.runAsync(() ->
            context.run(() ->
                assertThat(Failures.of(() -> pull(name)).getCode()).isEqualTo(Code.CANCELLED)));
    await().until(() -> pulls().stream().anyMatch(p -> p.getLayersCount() == 1));
    context.cancel(null);
    call.get(30, TimeUnit.SECONDS);
  }

  @Test
  void aCancelledCallLeavesThePullToItsRetry() throws Exception {
    TestImage image = image(1);
    String name = serve("joined", image, Duration.ofMillis(150));
    pullAndGoAway(name);
    assertThat(pull(name)).isEqualTo(image.id());
    assertThat(registry.gets(".*/blobs/" + image.layers().getFirst().digest())).isEqualTo(1);
    assertThat(registry.gets(".*/manifests/1")).as("one pull").isEqualTo(1);
    assertThat(pulls()).isEmpty();
  }

  @Test
  void aPullThatNobodyWantsIsCancelled() throws Exception {
    String name = serve("unwanted", image(2), Duration.ofSeconds(2));
    pullAndGoAway(name);
    await().until(() -> pulls().stream().allMatch(p -> p.getCallers() == 0));
    await().atMost(Duration.ofSeconds(40)).until(() -> pulls().isEmpty());
    assertThat(list()).isEmpty();
    try (Stream<Path> half = Files.list(node.config.root().resolve("images/tmp"))) {
      assertThat(half).isEmpty();
    }
  }

  @Test
  void aRefusalByThePolicyIsToldAsTheKubeletKnowsIt() {
    TestImage image = image(3);
    String secret = registry.serve("secret", "1", image);
    String signed = registry.serve("signed", "1", image);
    assertFails(
        () -> pull(secret), Code.UNKNOWN, "SignatureValidationFailed", secret, "policy.json");
    assertFails(
        () -> pull(signed),
        Code.UNKNOWN,
        "SignatureValidationFailed",
        signed,
        "signedBy",
        "not supported");
    assertThat(registry.gets(".*/blobs/" + image.layers().getFirst().digest()))
        .as("not a layer is fetched")
        .isZero();
    assertThat(list()).isEmpty();
  }

  @Test
  void anIdIsPulledWhereItsImageIsHereAndMayBeHad() {
    TestImage image = image(4);
    assertFails(() -> pull(image.id()), Code.NOT_FOUND, image.id(), "use its name");
    String name = registry.serve("byid", "1", image);
    pull(name);
    long manifests = registry.gets(".*/manifests/.*");
    assertThat(pull(image.id())).isEqualTo(image.id());
    assertThat(registry.gets(".*/manifests/.*")).as("everybody's").isEqualTo(manifests);
    // Credentials are asked about, even for what everybody may have.
    AuthConfig auth = AuthConfig.newBuilder().setUsername("u").setPassword("p").build();
    assertThat(pull(image.id(), auth)).isEqualTo(image.id());
    assertThat(registry.gets(".*/manifests/.*")).isGreaterThan(manifests);
    registry.on(".*/manifests/.*", Answer.status(401, "who are you?"));
    assertFails(() -> pull(image.id(), auth), Code.PERMISSION_DENIED, "401", image.id());
  }

  @Test
  void everyKindOfCredentialsOpensARegistry() {
    TestImage image = image(5);
    TestAuthority.Pair signer = TestAuthority.make(DIRS.dir("ca"), "ours").signer("tokens");
    try (TokenServer tokens = TokenServer.start(signer);
        Registry closed = Registry.options().tokens(tokens).start()) {
      Hosts.plain(node, closed.host());
      String name = closed.push("app", "1", image);
      var user = AuthConfig.newBuilder().setUsername(Registry.USER).setPassword(Registry.PASSWORD);
      byte[] both = (Registry.USER + ":" + Registry.PASSWORD).getBytes(StandardCharsets.US_ASCII);
      for (AuthConfig.Builder right :
          List.of(
              user,
              user.clone().setServerAddress(closed.host()),
              AuthConfig.newBuilder().setAuth(Base64.getEncoder().encodeToString(both)),
              AuthConfig.newBuilder().setIdentityToken(TokenServer.IDENTITY_TOKEN),
              AuthConfig.newBuilder().setRegistryToken(tokens.token("repository:app:pull")))) {
        assertThat(pull(name, right.build())).isEqualTo(image.id());
        removeImages();
      }
      assertFails(() -> pull(name), Code.PERMISSION_DENIED, name);
      AuthConfig others = user.setServerAddress("other.example").build();
      assertFails(() -> pull(name, others), Code.PERMISSION_DENIED, name);
    }
  }

  /** The CRI gives it for pulls in the context of a pod; images are the node's. */
  @Test
  void thePodThatAPullIsForChangesNothing() {
    TestImage image = image(6);
    String name = registry.serve("forapod", "1", image);
    var request = PullImageRequest.newBuilder().setImage(spec(name));
    assertThat(pull(request.setSandboxConfig(node.pod("any").config))).isEqualTo(image.id());
    List<Image> pulled = list();
    assertThat(pull(name)).isEqualTo(image.id());
    assertThat(list()).isEqualTo(pulled);
  }
}
