package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.gantry.image.layer.UnpackLimits;
import dev.gantry.image.policy.TrustPolicy;
import dev.gantry.image.registry.HostsDirectory;
import dev.gantry.image.registry.RegistryClient;
import dev.gantry.image.registry.RetryPolicy;
import dev.gantry.image.transfer.TransferSettings;
import dev.gantry.linux.file.DiskUsage;
import dev.gantry.linux.mount.Mounts;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.Platform;
import dev.gantry.testkit.Answer;
import dev.gantry.testkit.HostileRegistry;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Big layers from hosts that are slow, break off, lie or change their mind; and how pulls live. */
class TransferTest {
  private static final Duration MINUTES = Duration.ofMinutes(10);
  private static final int BIG = 1_500_000;

  @RegisterExtension final TestDirs dirs = new TestDirs();

  private final HostileRegistry registry = HostileRegistry.start();
  private final TestImage image =
      TestImage.builder().layer(TarEntry.file("big", 0644, noise(BIG))).build();
  private final byte[] blob = image.layers().getFirst().blob();
  private ImageStore store;
  private ImagePuller puller;
  private String name;

  @BeforeEach
  void open() throws IOException {
    name = registry.serve("app", "1", image);
    open(MINUTES, MINUTES, 4);
  }

  private void open(Duration abandoned, Duration keep, int connections) throws IOException {
    var transfer = new TransferSettings(200_000, connections, 100_000, Duration.ofMillis(30), keep);
    store =
        ImageStore.open(
            directory(), new StoreSettings(3, UnpackLimits.DEFAULT, List.of(), transfer, true));
    puller =
        new ImagePuller(
            store,
            new RegistryClient(
                new HostsDirectory(List.of(dirs.base().resolve("certs.d"))),
                Duration.ofSeconds(3),
                new RetryPolicy(3, Duration.ofMillis(5), Duration.ofMillis(50))),
            Platform.host(),
            TrustPolicy.ACCEPT_ANYTHING,
            new PullSettings(abandoned, Duration.ofMillis(20)),
            PullObserver.NONE);
  }

  private Path directory() {
    return dirs.base().resolve("images");
  }

  private void reopen(Duration abandoned, Duration keep, int connections) throws IOException {
    puller.close();
    store.close();
    open(abandoned, keep, connections);
  }

  @AfterEach
  void close() throws IOException {
    puller.close();
    store.close();
    registry.close();
    Mounts.unmount(directory().resolve("spool"));
  }

  private static byte[] noise(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private StoredImage pull(String reference) throws Exception {
    return puller.pull(ImageReference.parse(reference), Credentials.NONE, PullListener.NONE);
  }

  /** Pulls, and looks at what came. */
  private void pullsRight() throws Exception {
    StoredImage stored = pull(name);
    Path big = store.lowerDirs(stored).getFirst().resolve("big");
    assertThat(Files.readAllBytes(big)).isEqualTo(noise(BIG));
    assertThat(files("spool")).isEmpty();
    assertThat(files("unfinished")).isEmpty();
    assertThat(files("tmp")).isEmpty();
  }

  private List<String> files(String below) {
    try (Stream<Path> all = Files.list(directory().resolve(below))) {
      return all.map(p -> p.getFileName().toString()).toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private CompletableFuture<Throwable> pullsInBackground(String reference, Thread[] caller) {
    var ended = new CompletableFuture<Throwable>();
    caller[0] =
        Thread.ofVirtual()
            .start(() -> {
              try {
                pull(reference);
                ended.complete(new AssertionError("it came"));
              } catch (Exception e) {
                ended.complete(e);
              }
            });
    return ended;
  }

  private List<String> rangesAsked() {
    return registry.requests().stream()
        .filter(r -> r.path().endsWith(image.layers().getFirst().digest()))
        .map(r -> "" + r.header("Range"))
        .toList();
  }

  private static Answer slow() {
    return Answer.good().slowly(10_000, Duration.ofMillis(10));
  }

  @Test
  void aSlowHostIsAskedOverSeveralConnections() throws Exception {
    registry.onLayer(image, 0, slow());
    pullsRight();
    assertThat(rangesAsked()).hasSizeGreaterThan(3);
    assertThat(rangesAsked().subList(1, rangesAsked().size()))
        .allMatch(range -> range.startsWith("bytes="));
  }

  @Test
  void oneConnectionIsAllThatIsAllowed() throws Exception {
    reopen(MINUTES, MINUTES, 1);
    registry.onLayer(image, 0, slow());
    pullsRight();
    assertThat(rangesAsked()).containsExactly("null");
  }

  @Test
  void aHostThatIgnoresRangesSendsAllOverOneConnection() throws Exception {
    Answer all = Answer.body(200, "application/octet-stream", blob);
    registry.onLayer(image, 0, all.slowly(20_000, Duration.ofMillis(10)));
    pullsRight();
    registry.onLayer(image, 0, all);
    registry.onLayer(image, 0, Answer.good().truncatedAt(900_000).times(1));
    store.remove(name);
    pullsRight();
  }

  @Test
  void aShortPartIsFollowedByTheRest() throws Exception {
    registry.onLayer(
        image,
        0,
        Answer.body(206, "application/octet-stream", java.util.Arrays.copyOf(blob, 300_000))
            .header("Content-Range", "bytes 0-299999/" + blob.length)
            .times(1));
    pullsRight();
    assertThat(rangesAsked()).startsWith("null", "bytes=300000-");
  }

  @Test
  void anotherPartThanAskedForIsNotTaken() throws Exception {
    registry.onLayer(
        image,
        0,
        Answer.body(206, "application/octet-stream", new byte[1000])
            .header("Content-Range", "bytes 7-1006/" + blob.length)
            .times(1));
    registry.onLayer(image, 0, Answer.good().truncatedAt(400_000).times(1));
    pullsRight();
  }

  @Test
  void anotherLengthOrTagIsAnotherHostsMistakeUntilItStays() throws Exception {
    byte[] longer = java.util.Arrays.copyOf(blob, blob.length + 1);
    Answer wrong = Answer.body(200, "application/octet-stream", longer);
    registry.onLayer(image, 0, Answer.good().header("ETag", "\"b\""));
    registry.onLayer(image, 0, Answer.good().header("ETag", "\"a\"").truncatedAt(400_000).times(1));
    registry.onLayer(image, 0, wrong.times(1));
    pullsRight();
    store.remove(name);
    registry.onLayer(image, 0, Answer.body(200, "application/octet-stream", longer));
    assertThatThrownBy(() -> pull(name))
        .isInstanceOf(DigestMismatchException.class)
        .hasMessageContaining("should have " + blob.length + " bytes but has " + longer.length);
    assertThat(files("spool")).isEmpty();
  }

  @Test
  void wrongBytesAreDroppedOnceAndFetchedAnew() throws Exception {
    reopen(MINUTES, MINUTES, 1); // the fault lies at an offset of an answer
    registry.onLayer(image, 0, Answer.good().corruptAt(700_000).times(1));
    pullsRight();
    store.remove(name);
    registry.onLayer(image, 0, Answer.good().corruptAt(700_000));
    int before = rangesAsked().size();
    assertThatThrownBy(() -> pull(name)).isInstanceOf(DigestMismatchException.class);
    assertThat(rangesAsked()).hasSize(before + 2);
    assertThat(files("spool")).isEmpty();
    assertThat(files("unfinished")).isEmpty();
  }

  @Test
  void aStallEndsTheConnectionAndAnotherGoesOn() throws Exception {
    reopen(MINUTES, MINUTES, 1);
    registry.onLayer(image, 0, Answer.good().slowly(600_000, Duration.ofSeconds(30)).times(1));
    pullsRight();
    assertThat(rangesAsked()).containsExactly("null", "bytes=600000-");
  }

  @Test
  void aRestartGoesOnWhereItWas() throws Exception {
    reopen(MINUTES, MINUTES, 1);
    registry.onLayer(image, 0, Answer.good().slowly(50_000, Duration.ofMillis(150)).times(1));
    var ended = pullsInBackground(name, new Thread[1]);
    await().until(() -> puller.pulls().stream().anyMatch(p -> p.bytes() > 400_000));
    reopen(MINUTES, MINUTES, 1);
    assertThat(ended.get()).isInstanceOf(ImageException.class);
    assertThat(files("spool")).hasSize(2);
    assertThat(files("unfinished")).hasSize(1);
    tellsWhatTheDiskHas();
    pullsRight();
    tellsWhatTheDiskHas();
    String second = rangesAsked().getLast();
    assertThat(second).startsWith("bytes=").endsWith("-");
    assertThat(Long.parseLong(second.substring(6, second.length() - 1))).isGreaterThan(400_000);
  }

  /** The sum that is kept, beside what is there. */
  private void tellsWhatTheDiskHas() throws IOException {
    long told = store.usage().bytes();
    assertThat(told).isBetween(real() - 100_000, real() + 100_000);
  }

  private long real() throws IOException {
    return DiskUsage.of(directory()).bytes();
  }

  @Test
  void whatIsBeingFetchedCounts() throws Exception {
    reopen(MINUTES, MINUTES, 1);
    registry.onLayer(image, 0, Answer.good().slowly(50_000, Duration.ofMillis(150)));
    var ended = pullsInBackground(name, new Thread[1]);
    long before = store.usage().bytes();
    await().until(() -> DiskUsage.of(directory().resolve("spool")).bytes() > 400_000);
    assertThat(store.usage().bytes() - before).isGreaterThan(400_000);
    puller.close();
    ended.join();
    tellsWhatTheDiskHas();
    assertThat(store.usage().bytes() - before).isGreaterThan(400_000);
  }

  @Test
  void aSpoolOfOneMirrorGoesOnAtTheNextHost() throws Exception {
    try (HostileRegistry mirror = HostileRegistry.start()) {
      mirror.serve("app", "1", image);
      Path hosts = dirs.base().resolve("certs.d/registry.example/hosts.toml");
      Files.createDirectories(hosts.getParent());
      Files.writeString(
          hosts, "server = \"%s\"\n[host.\"%s\"]\n".formatted(registry.uri(), mirror.uri()));
      name = "registry.example/app:1";
      reopen(MINUTES, MINUTES, 1);
      mirror.onLayer(image, 0, Answer.good().slowly(50_000, Duration.ofMillis(150)));
      var ended = pullsInBackground(name, new Thread[1]);
      await().until(() -> puller.pulls().stream().anyMatch(p -> p.bytes() > 400_000));
      reopen(MINUTES, MINUTES, 1);
      assertThat(ended.get()).isInstanceOf(ImageException.class);
      assertThat(rangesAsked()).isEmpty();
    }
    pullsRight();
    String rest = rangesAsked().getLast();
    assertThat(rangesAsked()).hasSize(1);
    assertThat(Long.parseLong(rest.substring(6, rest.length() - 1))).isGreaterThan(400_000);
  }

  @Test
  void wholeLayersWaitForTheRetryAndThenGo() throws Exception {
    TestImage two =
        TestImage.builder()
            .layer(TarEntry.file("a", "a"))
            .layer(TarEntry.file("b", 0644, noise(BIG)))
            .build();
    String both = registry.serve("two", "1", two);
    registry.onLayer(two, 1, Answer.good().slowly(50_000, Duration.ofMillis(150)));
    var ended = pullsInBackground(both, new Thread[1]);
    await()
        .until(() ->
            puller.pulls().stream().anyMatch(p -> p.finishedLayers() == 1 && p.bytes() > 300_000));
    reopen(MINUTES, MINUTES, 1);
    ended.join();
    store.sweep();
    assertThat(files("layers")).hasSize(1);
    assertThat(files("spool")).isNotEmpty();
    reopen(MINUTES, Duration.ofMillis(100), 1);
    await().until(() -> files("layers").isEmpty() && files("spool").isEmpty());
    assertThat(files("unfinished")).isEmpty();
  }

  @Test
  void aPullThatNobodyWaitsForIsCancelled() throws Exception {
    reopen(Duration.ofMillis(50), MINUTES, 1);
    registry.onLayer(image, 0, Answer.good().slowly(1000, Duration.ofMillis(100)));
    var caller = new Thread[1];
    var ended = pullsInBackground(name, caller);
    await().until(() -> puller.pulls().stream().anyMatch(p -> p.bytes() > 0));
    caller[0].interrupt();
    assertThat(ended.get()).isInstanceOf(InterruptedException.class);
    await().until(() -> puller.pulls().isEmpty());
    assertThat(files("tmp")).isEmpty();
    registry.behave();
    pullsRight();
  }

  @Test
  void aRetryJoinsAndIsShownHowFarItIs() throws Exception {
    reopen(MINUTES, MINUTES, 1);
    registry.onLayer(image, 0, Answer.good().slowly(50_000, Duration.ofMillis(150)));
    var caller = new Thread[1];
    var first = pullsInBackground(name, caller);
    await().until(() -> puller.pulls().stream().anyMatch(p -> p.bytes() > 0));
    PullStatus status = puller.pulls().getFirst();
    assertThat(status.reference()).isEqualTo(ImageReference.parse(name));
    assertThat(status.callers()).isEqualTo(1);
    assertThat(status.host()).isEqualTo(registry.uri() + "/v2");
    assertThat(status.total()).isEqualTo(blob.length);
    assertThat(status.layers()).hasSize(1);
    assertThat(status.layers().getFirst().stage()).isEqualTo(LayerStatus.Stage.DOWNLOADING);
    assertThat(PullLog.text(status, 1 << 20, Duration.ofSeconds(1)))
        .startsWith("pulling " + name + " from " + registry.uri())
        .endsWith(" of 1.4 MiB, 1.0 MiB/s, 0 of 1 layers");
    caller[0].interrupt();
    assertThat(first.get()).isInstanceOf(InterruptedException.class);
    await().until(() -> puller.pulls().getFirst().callers() == 0);
    pullsRight();
    assertThat(registry.gets(".*/manifests/1")).isEqualTo(1);
  }

  @Test
  void aLayerOfTwoPullsComesOnceAndOutlivesTheFailureOfOne() throws Exception {
    TestImage other =
        TestImage.builder()
            .layer(TarEntry.file("big", 0644, noise(BIG)))
            .layer(TarEntry.file("x", "x"))
            .build();
    String bad = registry.serve("other", "1", other);
    registry.onLayer(image, 0, Answer.good().slowly(50_000, Duration.ofMillis(20)));
    var third = pullsInBackground(registry.serve("third", "1", image), new Thread[1]);
    await().until(() -> puller.pulls().stream().anyMatch(p -> p.bytes() > 0));
    pull(name);
    assertThat(third.get()).hasMessage("it came");
    pullsRight();
    assertThat(rangesAsked().stream().filter("null"::equals)).as("begun once").hasSize(1);
    store.remove(name);
    store.remove(registry.host() + "/third:1");

    registry.onLayer(other, 1, Answer.status(404, "gone").delayed(Duration.ofSeconds(2)));
    var failing = pullsInBackground(bad, new Thread[1]);
    await().until(() -> puller.pulls().stream().anyMatch(p -> p.bytes() > 0));
    pull(name);
    assertThat(failing.get()).hasMessageContaining("404");
    assertThat(store.list()).hasSize(1);
  }

  @Test
  void aSpoolWithoutSpaceIsDoneWithout() throws Exception {
    reopen(MINUTES, MINUTES, 1);
    Path spool = directory().resolve("spool");
    Mounts.tmpfs(spool, 4L << 20, 0700);
    registry.onLayer(image, 0, Answer.good().slowly(50_000, Duration.ofMillis(20)).times(1));
    var ended = pullsInBackground(name, new Thread[1]);
    await().until(() -> puller.pulls().stream().anyMatch(p -> p.bytes() > 200_000));
    try (var out = Files.newOutputStream(spool.resolve("filler"))) {
      byte[] zeros = new byte[4096];
      while (true) {
        out.write(zeros);
      }
    } catch (IOException full) {
      assertThat(full).hasMessageContaining("No space");
    }
    assertThat(ended.get()).hasMessage("it came");
    assertThat(store.list()).hasSize(1);
  }
}
