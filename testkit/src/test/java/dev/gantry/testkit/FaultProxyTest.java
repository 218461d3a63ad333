package dev.gantry.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each fault is what it says, and a proxy without one is no different from its registry. */
class FaultProxyTest {
  private static final byte[] CONTENT = new byte[50_000];
  private static Registry registry;
  private static TestImage image;

  private FaultProxy proxy;
  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeAll
  static void start() {
    registry = Registry.startWithLogin();
    new Random(1).nextBytes(CONTENT);
    image = TestImage.builder().layer(TarEntry.file("a", 0644, CONTENT)).build();
    registry.push("app", "1", image);
  }

  @AfterAll
  static void stop() {
    registry.close();
  }

  @BeforeEach
  void startProxy() {
    proxy = FaultProxy.before(registry, TokenServer.basic(Registry.USER, Registry.PASSWORD));
  }

  @AfterEach
  void close() {
    proxy.close();
    client.close();
  }

  private HttpResponse<byte[]> get(URI uri, String range, boolean login) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5));
    if (login) {
      request.header("Authorization", TokenServer.basic(Registry.USER, Registry.PASSWORD));
    }
    if (!range.isEmpty()) {
      request.header("Range", range);
    }
    return client.send(request.build(), BodyHandlers.ofByteArray());
  }

  private HttpResponse<byte[]> layer(Fault fault, String range) throws Exception {
    proxy.follow((request, occurrence) -> fault);
    return get(proxy.uri().resolve(path()), range, true);
  }

  private static String path() {
    return "/v2/app/blobs/" + image.layers().getFirst().digest();
  }

  private static byte[] blob() {
    return image.layers().getFirst().blob();
  }

  private static byte[] part(int from, int to) {
    return Arrays.copyOfRange(blob(), from, to);
  }

  @Test
  void withoutAFaultItIsTheRegistry() throws Exception {
    assertThat(layer(new Fault.None(), "").body()).isEqualTo(blob());
    HttpResponse<byte[]> range = layer(new Fault.None(), "bytes=10-19");
    assertThat(range.statusCode()).isEqualTo(206);
    assertThat(range.body()).isEqualTo(part(10, 20));
    assertThat(proxy.bytes(".*/blobs/.*")).isEqualTo(blob().length + 10L);
    assertThat(get(proxy.uri().resolve("/v2/"), "", false).statusCode()).isEqualTo(401);
  }

  @Test
  void bodiesThatEndOrChange() throws Exception {
    assertThatThrownBy(() -> layer(new Fault.Cut(1000, false), "")).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> layer(new Fault.Cut(1000, true), "")).isInstanceOf(IOException.class);
    assertThat(proxy.bytes(".*/blobs/.*")).isEqualTo(2000);
    assertThatThrownBy(() -> layer(new Fault.Drop(true), "")).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> layer(new Fault.Garbage(3), "")).isInstanceOf(IOException.class);
    assertThat(layer(new Fault.Shorter(9), "").body()).isEqualTo(part(0, blob().length - 9));
    assertThat(layer(new Fault.Longer(9), "").body()).hasSize(blob().length + 9);
    byte[] flipped = layer(new Fault.Flip(7), "").body();
    assertThat(Arrays.mismatch(flipped, blob())).isEqualTo(7);
    assertThat(layer(new Fault.Trickle(20_000, Duration.ofMillis(1)), "").body()).isEqualTo(blob());
    assertThat(layer(new Fault.OddHeaders(4), "").body()).isEqualTo(blob());
  }

  @Test
  void aStallKeepsTheConnection() {
    proxy.follow((request, occurrence) -> new Fault.Stall(100));
    HttpRequest request =
        HttpRequest.newBuilder(proxy.uri().resolve(path()))
            .header("Authorization", TokenServer.basic(Registry.USER, Registry.PASSWORD))
            .build();
    CompletableFuture<HttpResponse<byte[]>> answer =
        client.sendAsync(request, BodyHandlers.ofByteArray());
    await().until(() -> proxy.bytes(".*") == 100);
    assertThat(answer).isNotDone();
    answer.cancel(true);
  }

  @Test
  void refusalsAndOtherPlaces() throws Exception {
    HttpResponse<byte[]> refused = layer(new Fault.Refuse(429, 2), "");
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("Retry-After")).contains("2");
    HttpResponse<byte[]> elsewhere = layer(new Fault.Elsewhere(307), "");
    String location = elsewhere.headers().firstValue("Location").orElseThrow();
    proxy.heal();
    assertThat(get(URI.create(location), "", false).body()).isEqualTo(blob());
    assertThat(proxy.leaks()).isEmpty();
    assertThat(get(URI.create(location), "", true).body()).isEqualTo(blob());
    assertThat(proxy.leaks()).hasSize(1);
  }

  @Test
  void rangesThatAreNotTheOnesAskedFor() throws Exception {
    String range = "bytes=1000-1999";
    assertThat(range(Fault.RangeLie.IGNORED, range).statusCode()).isEqualTo(200);
    HttpResponse<byte[]> other = range(Fault.RangeLie.OTHER, range);
    assertThat(other.body()).isEqualTo(part(223, 1223));
    assertThat(other.headers().firstValue("Content-Range").orElseThrow()).startsWith("bytes 223-");
    HttpResponse<byte[]> lying = range(Fault.RangeLie.LYING, range);
    assertThat(lying.body()).isEqualTo(part(223, 1223));
    assertThat(lying.headers().firstValue("Content-Range"))
        .contains("bytes 1000-1999/" + blob().length);
    assertThat(range(Fault.RangeLie.UNSAID, range).headers().firstValue("Content-Range")).isEmpty();
    assertThat(range(Fault.RangeLie.REFUSED, range).statusCode()).isEqualTo(416);
    assertThat(range(Fault.RangeLie.REFUSED, "").statusCode()).isEqualTo(200);
  }

  private HttpResponse<byte[]> range(Fault.RangeLie lie, String range) throws Exception {
    return layer(new Fault.Range(lie), range);
  }

  @Test
  void aSeedChoosesTheSameFaultsAgain() {
    Set<Class<?>> kinds = new HashSet<>();
    int good = 0;
    for (int i = 0; i < 2000; i++) {
      FaultProxy.Request request =
          new FaultProxy.Request(
              "GET", "/v2/" + i, "", null, false, new java.util.concurrent.atomic.AtomicLong());
      Fault fault = FaultPlan.seeded(5, 0.5).choose(request, 0);
      assertThat(FaultPlan.seeded(5, 0.5).choose(request, 0)).isEqualTo(fault);
      kinds.add(fault.getClass());
      good += fault instanceof Fault.None ? 1 : 0;
    }
    assertThat(kinds)
        .containsExactlyInAnyOrderElementsOf(List.of(Fault.class.getPermittedSubclasses()));
    assertThat(good).isBetween(900, 1100);
  }
}
