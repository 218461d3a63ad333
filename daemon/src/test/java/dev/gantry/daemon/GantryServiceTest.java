package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.gantry.cri.gantry.CheckImagesRequest;
import dev.gantry.cri.gantry.CheckImagesResponse;
import dev.gantry.cri.gantry.ExportImagesRequest;
import dev.gantry.cri.gantry.ImportImagesRequest;
import dev.gantry.cri.gantry.LayerProgress;
import dev.gantry.cri.gantry.LayerStage;
import dev.gantry.cri.gantry.PruneImagesRequest;
import dev.gantry.cri.gantry.PruneImagesResponse;
import dev.gantry.cri.gantry.Pull;
import dev.gantry.cri.gantry.PushImageRequest;
import dev.gantry.cri.gantry.TagImageRequest;
import dev.gantry.cri.gantry.UntagImageRequest;
import dev.gantry.cri.gantry.WatchPullsRequest;
import dev.gantry.cri.gantry.WatchPullsResponse;
import dev.gantry.cri.v1.Image;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.ImageStatusRequest;
import dev.gantry.cri.v1.ListImagesRequest;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.RemoveImageRequest;
import dev.gantry.testkit.Answer;
import dev.gantry.testkit.HostileRegistry;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TestImage;
import io.grpc.Context;
import io.grpc.Status.Code;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Gantry's own calls about images, and what Prometheus is told. */
class GantryServiceTest {
  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static final int LAYER_BYTES = 400_000;

  private static Node node;
  private static HostileRegistry registry;
  private static int metricsPort;

  @BeforeAll
  static void startNode() {
    registry = HostileRegistry.start();
    metricsPort = FreePorts.next();
    node =
        Node.options()
            .withoutImage()
            .runtimes(
                "[runtimes.crun]\npath = \"crun\"\n[metrics]\naddress = \"127.0.0.1:"
                    + metricsPort
                    + "\"\n")
            .start();
    Hosts.plain(node, registry.host());
  }

  @AfterAll
  static void stopNode() {
    node.close();
    registry.close();
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
    return node.images()
        .pullImage(PullImageRequest.newBuilder().setImage(spec(name)).build())
        .getImageRef();
  }

  private static Image status(String name) {
    return node.images()
        .imageStatus(ImageStatusRequest.newBuilder().setImage(spec(name)).build())
        .getImage();
  }

  /** An image of two layers, the second of which does not compress. */
  private static TestImage image(int seed) {
    byte[] noise = new byte[LAYER_BYTES];
    new Random(seed).nextBytes(noise);
    return TestImage.busyboxBuilder().layer(TarEntry.file("noise", 0644, noise)).build();
  }

  /** Serves it so that its second layer takes some seconds. */
  private static String serveSlowly(String name, TestImage image) {
    registry.onLayer(image, 1, Answer.good().slowly(LAYER_BYTES / 30, Duration.ofMillis(130)));
    return registry.serve(name, "1", image);
  }

  private static List<Pull> pullsNow() {
    return node.gantry().watchPulls(WatchPullsRequest.getDefaultInstance()).next().getPullsList();
  }

  @Test
  void aRunningPullIsWatchedToItsEnd() throws Exception {
    String name = serveSlowly("watched", image(1));
    var context = Context.current().withCancellation();
    List<WatchPullsResponse> seen = new ArrayList<>();
    CompletableFuture<String> pulled = CompletableFuture.supplyAsync(() -> pull(name));
    context.run(() -> {
      Iterator<WatchPullsResponse> told =
          node.gantry()
              .watchPulls(WatchPullsRequest.newBuilder().setImage(name).setIntervalMs(50).build());
      do {
        seen.add(told.next());
      } while (seen.stream().allMatch(r -> r.getPullsCount() == 0)
          || seen.getLast().getPullsCount() > 0);
    });
    context.cancel(null);
    pulled.get();

    List<LayerProgress> second =
        seen.stream()
            .flatMap(r -> r.getPullsList().stream())
            .filter(p -> p.getLayersCount() == 2)
            .map(p -> p.getLayers(1))
            .toList();
    assertThat(second).map(LayerProgress::getStage).contains(LayerStage.LAYER_STAGE_TRANSFER);
    assertThat(second).map(LayerProgress::getBytes).isSorted();
    assertThat(second)
        .anySatisfy(layer -> {
          assertThat(layer.getBytes()).isPositive().isLessThan(layer.getTotal());
          assertThat(layer.getTotal()).isGreaterThan(LAYER_BYTES);
        });
    assertThat(seen.stream().flatMap(r -> r.getPullsList().stream()))
        .allSatisfy(pull -> {
          assertThat(pull.getImage()).isEqualTo(name);
          assertThat(pull.getSince()).isPositive();
        })
        .anySatisfy(pull -> assertThat(pull.getHost()).contains(registry.host()));
    assertThat(pullsNow()).isEmpty();
    assertFails(
        () ->
            node.gantry()
                .watchPulls(WatchPullsRequest.newBuilder().setIntervalMs(1).build())
                .next(),
        Code.INVALID_ARGUMENT,
        "interval_ms");
  }

  @Test
  void aCallerThatGoesAwayLeavesAndTheNextOneJoins() throws Exception {
    TestImage image = image(2);
    String name = serveSlowly("left", image);
    var context = Context.current().withCancellation();
    CompletableFuture<?> first =
        CompletableFuture.runAsync(context.wrap((Runnable) () -> pull(name)));
    await().until(() -> pullsNow().stream().anyMatch(p -> p.getCallers() == 1));
    context.cancel(null);
    await().until(() -> pullsNow().stream().anyMatch(p -> p.getCallers() == 0));
    assertThat(first).failsWithin(Duration.ofSeconds(20));

    assertThat(pull(name)).isEqualTo(image.id());

    assertThat(registry.gets(".*/blobs/" + image.layers().get(1).digest())).isEqualTo(1);
  }

  private static String scrape() throws Exception {
    HttpResponse<String> answer = get("/metrics");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain");
    return answer.body();
  }

  private static HttpResponse<String> get(String path) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + metricsPort + path)).build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  private static double value(String metrics, String name) {
    return metrics
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElse(0);
  }

  @Test
  void prometheusIsToldOfPullsTheStoreCallsAndTheProcess() throws Exception {
    String before = scrape();
    pull(registry.serve("counted", "1", image(3)));
    String absent = registry.host() + "/absent:1";
    assertFails(() -> pull(absent), Code.NOT_FOUND, absent);

    String after = scrape();

    assertThat(value(after, "gantry_pulls_total{result=\"ok\"}"))
        .isEqualTo(value(before, "gantry_pulls_total{result=\"ok\"}") + 1);
    assertThat(value(after, "gantry_pulls_total{result=\"not_found\"}"))
        .isEqualTo(value(before, "gantry_pulls_total{result=\"not_found\"}") + 1);
    assertThat(value(after, "gantry_pull_seconds_count"))
        .isEqualTo(value(before, "gantry_pull_seconds_count") + 1);
    assertThat(value(after, "gantry_pull_bytes_total"))
        .isGreaterThan(value(before, "gantry_pull_bytes_total") + LAYER_BYTES);
    assertThat(value(after, "gantry_pull_layers_total{source=\"fetched\"}"))
        .isEqualTo(value(before, "gantry_pull_layers_total{source=\"fetched\"}") + 2);
    assertThat(
            value(after, "gantry_rpc_errors_total{method=\"PullImage\",code=\"NOT_FOUND\"}")
                + value(after, "gantry_rpc_errors_total{code=\"NOT_FOUND\",method=\"PullImage\"}"))
        .isPositive();
    assertThat(value(after, "gantry_rpc_seconds_count{method=\"PullImage\"}"))
        .isEqualTo(value(before, "gantry_rpc_seconds_count{method=\"PullImage\"}") + 2);
    assertThat(value(after, "gantry_images")).isEqualTo(1);
    assertThat(value(after, "gantry_image_store_bytes")).isGreaterThan(LAYER_BYTES);
    assertThat(value(after, "gantry_pulls_running")).isZero();
    assertThat(value(after, "process_resident_memory_bytes")).isGreaterThan(1e6);
    assertThat(value(after, "process_cpu_seconds_total")).isPositive();
    assertThat(value(after, "process_open_fds")).isGreaterThan(3);
    assertThat(value(after, "process_start_time_seconds")).isGreaterThan(1.6e9);
    String page = Files.readString(Path.of("../docs/metrics.md"));
    assertThat(after.lines().filter(l -> l.startsWith("# HELP ")).map(l -> l.split(" ", -1)[2]))
        .isNotEmpty()
        .allSatisfy(name -> assertThat(page).contains("`" + name + "`"));
    assertThat(get("/other").statusCode()).isEqualTo(404);
    assertThat(get("/metricsandmore").statusCode()).isEqualTo(404);
  }

  @Test
  void namesAreGivenAndTaken() {
    TestImage image = image(4);
    String name = registry.serve("tagged", "1", image);
    pull(name);

    var tagged =
        node.gantry().tagImage(TagImageRequest.newBuilder().setImage(name).setName("mine").build());

    assertThat(tagged.getId()).isEqualTo(image.id());
    assertThat(tagged.getName()).isEqualTo("docker.io/library/mine:latest");
    assertThat(status("mine").getRepoTagsList())
        .containsExactlyInAnyOrder(name, "docker.io/library/mine:latest");
    var untagged = node.gantry().untagImage(UntagImageRequest.newBuilder().setName(name).build());
    assertThat(untagged.getRemoved()).isFalse();
    assertThat(status(image.id()).getRepoTagsList())
        .containsExactly("docker.io/library/mine:latest");
    assertFails(
        () -> node.gantry().untagImage(UntagImageRequest.newBuilder().setName(name).build()),
        Code.NOT_FOUND,
        name);
    assertFails(
        () ->
            node.gantry()
                .tagImage(TagImageRequest.newBuilder().setImage("absent:1").setName("b").build()),
        Code.NOT_FOUND,
        "absent:1");
    assertFails(
        () -> node.gantry().tagImage(TagImageRequest.newBuilder().setImage("mine").build()),
        Code.INVALID_ARGUMENT,
        "name");
  }

  private static List<CheckImagesResponse> check(boolean repair) {
    List<CheckImagesResponse> told = new ArrayList<>();
    node.gantry()
        .checkImages(CheckImagesRequest.newBuilder().setRepair(repair).build())
        .forEachRemaining(told::add);
    return told;
  }

  @Test
  void theStoreIsCheckedAndRepaired() throws IOException {
    String name = registry.serve("checked", "1", image(5));
    pull(name);
    assertThat(check(false).getLast().getResult().getProblems()).isZero();
    assertThat(check(false).getLast().getResult().getLayers()).isEqualTo(2);
    Path archive;
    try (Stream<Path> files = Files.walk(node.config.root().resolve("images/layers"))) {
      archive = files.filter(f -> f.endsWith("archive")).findFirst().orElseThrow();
    }
    byte[] whole = Files.readAllBytes(archive);
    Files.write(archive, new byte[] {1, 2, 3});

    List<CheckImagesResponse> bad = check(false);
    List<CheckImagesResponse> repaired = check(true);

    assertThat(bad.getLast().getResult().getProblems()).isEqualTo(1);
    var finding = bad.stream().flatMap(r -> r.getFindingsList().stream()).findFirst().orElseThrow();
    assertThat(finding.getProblem()).contains("archive of the stored layer");
    assertThat(finding.getImagesList()).containsExactly(name);
    assertThat(repaired.getLast().getResult().getRepaired()).isEqualTo(1);
    assertThat(check(false).getLast().getResult().getProblems()).isZero();
    assertThat(archive).hasBinaryContent(whole);
  }

  private static PruneImagesResponse prune(boolean all, long olderThan, boolean dryRun) {
    return node.gantry()
        .pruneImages(
            PruneImagesRequest.newBuilder()
                .setAll(all)
                .setOlderThanSeconds(olderThan)
                .setDryRun(dryRun)
                .build());
  }

  @Test
  void imagesThatNothingUsesArePruned() {
    TestImage used = image(6);
    TestImage unused = image(7);
    pull(registry.serve("used", "1", used));
    String name = registry.serve("unused", "1", unused);
    pull(name);
    TestPod pod = node.pod("pruned").hostNetwork().run();
    pod.start(pod.shell("main", "sleep 3600").setImage(spec(used.id())));

    assertThat(prune(false, 0, false).getImagesList()).isEmpty();
    assertThat(prune(true, 3600, false).getImagesList()).isEmpty();
    PruneImagesResponse would = prune(true, 0, true);
    assertThat(would.getImages(0).getNamesList()).containsExactly(name);
    assertThat(list()).hasSize(2);
    PruneImagesResponse pruned = prune(true, 0, false);

    assertThat(pruned).isEqualTo(would);
    assertThat(pruned.getBytes()).isGreaterThan(LAYER_BYTES);
    assertThat(list()).map(Image::getId).containsExactly(used.id());
    assertFails(() -> prune(true, -1, false), Code.INVALID_ARGUMENT, "older_than_seconds");
    node.removeAllPods();
  }

  @Test
  void anArchiveThatBreaksOffLeavesNothing() throws Exception {
    BlockingClientCall<ImportImagesRequest, ?> call =
        dev.gantry.cri.gantry.GantryServiceGrpc.newBlockingV2Stub(node.gantry().getChannel())
            .importImages();
    byte[] zeros = new byte[100_000];
    call.write(
        ImportImagesRequest.newBuilder()
            .setName("half.tar")
            .setData(ByteString.copyFrom(zeros))
            .build());
    Path tmp = node.config.root().resolve("images/tmp");
    await().until(() -> !names(tmp).isEmpty());

    call.cancel("enough", null);

    await().until(() -> names(tmp).isEmpty());
    assertThat(list()).isEmpty();
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(f -> String.valueOf(f.getFileName()))
          .filter(n -> n.startsWith("import-"))
          .toList();
    }
  }

  @Test
  void whatCannotBeExportedOrPushedIsNamed() {
    assertFails(
        () ->
            node.gantry()
                .exportImages(ExportImagesRequest.newBuilder().addImages("absent:1").build())
                .next(),
        Code.NOT_FOUND,
        "absent:1");
    assertFails(
        () -> node.gantry().exportImages(ExportImagesRequest.getDefaultInstance()).next(),
        Code.INVALID_ARGUMENT,
        "images");
    assertFails(
        () -> push(PushImageRequest.newBuilder().setImage("absent:1").build()),
        Code.NOT_FOUND,
        "absent:1");
    TestImage image = image(8);
    pull(registry.serve("nameless", "1", image));
    assertFails(
        () -> push(PushImageRequest.newBuilder().setImage(image.id()).build()),
        Code.INVALID_ARGUMENT,
        "destination");
  }

  private static void push(PushImageRequest request) {
    node.gantry().pushImage(request).forEachRemaining(told -> {});
  }
}
