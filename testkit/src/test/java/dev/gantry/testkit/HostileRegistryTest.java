package dev.gantry.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class HostileRegistryTest {
  private final HostileRegistry registry = HostileRegistry.start();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final TestImage image =
      TestImage.builder().layer(TarEntry.file("a", "b".repeat(5000))).cmd("x").build();

  @AfterEach
  void stop() {
    client.shutdownNow();
    registry.close();
  }

  @Test
  void servesLikeAGoodRegistry() {
    String name = registry.serve("a/b", "1", TestIndex.of(image));
    Commands.Result inspected = skopeo("docker://" + name);
    assertThat(inspected.output()).contains(image.layers().getFirst().digest());
    assertThat(inspected.exit()).isZero();
    assertThat(registry.gets(".*/manifests/1")).isPositive();
    assertThat(skopeo("docker://" + registry.host() + "/a/b:2").output())
        .contains("manifest unknown");
  }

  @Test
  void wantsALogin() {
    String name = registry.requireToken("me", "pw").serve("a", "1", image);
    assertThat(skopeo("docker://" + name).output()).contains("unauthorized");
    assertThat(skopeo("--creds=me:no", "docker://" + name).exit()).isNotZero();
    assertThat(skopeo("--creds=me:pw", "docker://" + name).exit()).isZero();
    registry.requireBasic("me", "pw");
    assertThat(skopeo("docker://" + name).exit()).isNotZero();
    assertThat(skopeo("--creds=me:pw", "docker://" + name).exit()).isZero();
  }

  @Test
  void spoilsAnswers() throws Exception {
    registry.serve("a", "1", image);
    String digest = image.layers().getFirst().digest();
    byte[] good = get("/v2/a/blobs/" + digest).body();
    assertThat(Hash.sha256(good)).isEqualTo(digest);

    registry.onLayer(image, 0, Answer.good().corruptAt(3));
    assertThat(get("/v2/a/blobs/" + digest).body()).hasSameSizeAs(good).isNotEqualTo(good);

    registry.onLayer(image, 0, Answer.good().truncatedAt(10));
    assertThatThrownBy(() -> get("/v2/a/blobs/" + digest)).isInstanceOf(IOException.class);

    registry.onLayer(image, 0, Answer.drop());
    assertThatThrownBy(() -> get("/v2/a/blobs/" + digest)).isInstanceOf(IOException.class);

    registry.onLayer(image, 0, Answer.raw("SSH-2.0-x\r\n".getBytes(StandardCharsets.US_ASCII)));
    assertThatThrownBy(() -> get("/v2/a/blobs/" + digest)).isInstanceOf(IOException.class);

    registry.behave();
    registry.onLayer(image, 0, Answer.good().slowly(7, Duration.ofMillis(1)));
    assertThat(get("/v2/a/blobs/" + digest).body()).isEqualTo(good);

    registry.on("/v2/.*", Answer.hang());
    assertThatThrownBy(() ->
            client.send(
                request("/v2/").timeout(Duration.ofMillis(200)).build(), BodyHandlers.discarding()))
        .isInstanceOf(HttpTimeoutException.class);
  }

  @Test
  void answersAsToldForATime() throws Exception {
    registry.on("/v2/", Answer.error(429, "TOOMANYREQUESTS", "slow").header("Retry-After", "1"));
    registry.on("/v2/", Answer.status(503, "<html>").times(2));
    assertThat(get("/v2/").statusCode()).isEqualTo(503);
    assertThat(get("/v2/").statusCode()).isEqualTo(503);
    HttpResponse<byte[]> limited = get("/v2/");
    assertThat(limited.statusCode()).isEqualTo(429);
    assertThat(limited.headers().firstValue("Retry-After")).contains("1");
    registry.on("/v2/", Answer.redirect(registry.uri() + "/elsewhere"));
    assertThat(get("/v2/").statusCode()).isEqualTo(307);
    assertThat(registry.requests()).hasSize(4);
  }

  @Test
  void servesRanges() throws Exception {
    registry.serve("a", "1", image);
    String path = "/v2/a/blobs/" + image.layers().getFirst().digest();
    byte[] good = image.layers().getFirst().blob();
    HttpResponse<byte[]> rest =
        client.send(request(path).header("Range", "bytes=5-").build(), BodyHandlers.ofByteArray());
    assertThat(rest.statusCode()).isEqualTo(206);
    assertThat(rest.body()).isEqualTo(Arrays.copyOfRange(good, 5, good.length));
    assertThat(
            client
                .send(
                    request(path).header("Range", "bytes=999999-").build(),
                    BodyHandlers.ofByteArray())
                .statusCode())
        .isEqualTo(416);
  }

  private HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
    return client.send(request(path).build(), BodyHandlers.ofByteArray());
  }

  private HttpRequest.Builder request(String path) {
    URI uri = registry.uri().resolve(path);
    return HttpRequest.newBuilder(uri);
  }

  private static Commands.Result skopeo(String... arguments) {
    String[] command = new String[arguments.length + 3];
    command[0] = "skopeo";
    command[1] = "inspect";
    command[2] = "--tls-verify=false";
    System.arraycopy(arguments, 0, command, 3, arguments.length);
    return Commands.run(command);
  }
}
