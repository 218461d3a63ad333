package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.testkit.FaultPlan;
import dev.gantry.testkit.FaultProxy;
import dev.gantry.testkit.Registry;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Pulls from a real registry behind a proxy that spoils a part of its answers. None may bring in
 * anything wrong or leave anything behind, and all must work when the fault is over. {@code
 * -Dgantry.soak=true} makes thousands of them; {@code gantry.soak.first} and {@code
 * gantry.soak.rounds} a part of those.
 */
class FaultyPullsTest {
  private static final boolean SOAK = Boolean.getBoolean("gantry.soak");
  private static final int FIRST = Integer.getInteger("gantry.soak.first", 0);
  private static final int ROUNDS = Integer.getInteger("gantry.soak.rounds", SOAK ? 250 : 12);
  private static final int IMAGES = 12;
  private static final int LARGE = 20 << 20;
  private static final Duration STALL = Duration.ofMillis(400);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Credentials USER = Credentials.of(Registry.USER, Registry.PASSWORD);

  @RegisterExtension final TestDirs dirs = new TestDirs();

  private final Registry registry = Registry.startWithLogin();
  private final FaultProxy proxy =
      FaultProxy.before(
          registry,
          "Basic "
              + Base64.getEncoder()
                  .encodeToString(
                      (Registry.USER + ":" + Registry.PASSWORD)
                          .getBytes(StandardCharsets.US_ASCII)));
  private final Map<String, TestImage> images = new LinkedHashMap<>();
  private final Map<String, Integer> failures = new TreeMap<>();
  private PullFixture pulls;
  private StoreProof proof;
  private int good;

  @BeforeEach
  void open() throws IOException {
    List<TestImage> made = RandomImages.make(1, IMAGES, LARGE);
    for (int i = 0; i < made.size(); i++) {
      registry.push("app" + i, "1", made.get(i));
      images.put(proxy.host() + "/app" + i + ":1", made.get(i));
    }
    proof = StoreProof.of(made, dirs.base());
    pulls = new PullFixture(dirs.base(), STALL);
  }

  @AfterEach
  void close() {
    pulls.close();
    proxy.close();
    registry.close();
  }

  @Test
  void noneIsWrongNoneLeaksAndAllConverge() throws Exception {
    int sockets = StoreProof.open("socket:").size();
    for (int round = FIRST; round < FIRST + ROUNDS; round++) {
      double share = 0.05 + 0.05 * (round % 10);
      proxy.follow(FaultPlan.seeded(round, share));
      Set<String> failed = pullAll();
      proof.right(pulls.store());

      proxy.heal();
      for (String name : failed) {
        // What they are to prove is not that a busy machine answers in time.
        right(name, pulls.pullPatiently(name, USER));
      }
      proof.sound(pulls.store());
      assertThat(pulls.store().list()).hasSize(images.size());
      assertThat(proxy.leaks()).as("the password went elsewhere").isEmpty();
      proxy.forgetRequests();
      for (String name : images.keySet()) {
        pulls.store().remove(name);
      }
      proof.sound(pulls.store());
    }
    if (SOAK) {
      System.out.println(good + " pulls were good, these failed: " + failures);
    }
    assertThat(good).as("good pulls; failed: " + failures).isPositive();
    nothingStays(sockets);
  }

  private void nothingStays(int socketsBefore) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(StoreProof.threadsOfPulls(dirs.base())).as("threads").isEmpty());
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(StoreProof.open(pulls.directory.toString())).as("open files").isEmpty());
    // Connections that may be used again, on both sides, and those the proxy still holds.
    await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() ->
            assertThat(StoreProof.open("socket:").size())
                .as("sockets")
                .isLessThan(socketsBefore + 40));
  }

  /** Two callers pull each image, all at once; returns the names with which one had no luck. */
  private Set<String> pullAll() throws Exception {
    var failed = new LinkedHashSet<String>();
    var running = new ArrayList<Map.Entry<String, Future<StoredImage>>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int caller = 0; caller < 2; caller++) {
        for (String name : images.keySet()) {
          running.add(Map.entry(name, threads.submit(() -> pulls.pull(name, USER))));
        }
      }
      for (var pull : running) {
        try {
          right(pull.getKey(), pull.getValue().get());
          good++;
        } catch (ExecutionException e) {
          Throwable cause = Objects.requireNonNull(e.getCause());
          assertThat(cause)
              .isInstanceOf(ImageException.class)
              .hasMessageStartingWith("pull " + pull.getKey() + ": ");
          failed.add(pull.getKey());
          failures.merge(kind(cause), 1, Integer::sum);
        }
      }
    }
    return failed;
  }

  private static String kind(Throwable failure) {
    return failure.getClass().getSimpleName()
        + (failure instanceof RegistryException e ? " " + e.kind() : "");
  }

  private void right(String name, StoredImage image) {
    assertThat(image.id()).hasToString(Objects.requireNonNull(images.get(name)).id());
    assertThat(image.repoTags()).contains(name);
  }
}
