package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.image.registry.HostsDirectory;
import dev.gantry.image.registry.RegistryClient;
import dev.gantry.image.registry.RetryPolicy;
import dev.gantry.testkit.Fault;
import dev.gantry.testkit.FaultProxy;
import dev.gantry.testkit.ImageArchive;
import dev.gantry.testkit.Registry;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Kills a process that pulls, imports, tags and removes, at any moment: the store it leaves is
 * sound, has what was promised and lacks what was removed. {@code -Dgantry.soak=true} kills more.
 */
class KilledStoreTest {
  static final int IMAGES = 6;
  static final int THREADS = 3;

  private static final boolean SOAK = Boolean.getBoolean("gantry.soak");
  private static final int ROUNDS = SOAK ? 200 : 12;
  private static final int LONGEST_MILLIS = 700;
  private static final int LARGE = 20 << 20;
  private static final Duration SECONDS = Duration.ofSeconds(60);

  @RegisterExtension final TestDirs dirs = new TestDirs();

  private final Registry registry = Registry.start();
  private final FaultProxy proxy = FaultProxy.before(registry);
  private final List<String> archives = new ArrayList<>();

  /** What the store must know of each name that was ever spoken of. */
  private final Map<String, State> names = new TreeMap<>();

  private StoreProof proof;

  private enum State {
    THERE,
    ABSENT,
    EITHER
  }

  @BeforeEach
  void makeImages() throws IOException {
    List<TestImage> images = RandomImages.make(2, IMAGES, LARGE);
    for (int i = 0; i < images.size(); i++) {
      for (int thread = 0; thread < THREADS; thread++) {
        registry.push("app" + i, String.valueOf(thread), images.get(i));
      }
      Path archive = dirs.path("archive" + i + ".tar");
      ImageArchive.ociLayout(archive, Map.of("test.example/archive" + i + ":1", images.get(i)));
      archives.add(archive.toString());
    }
    proof = StoreProof.of(images, dirs.base());
  }

  @AfterEach
  void close() {
    proxy.close();
    registry.close();
  }

  @Test
  void theStoreIsSoundAfterEachKill() throws Exception {
    // Slow enough for a kill to hit a transfer.
    Duration pause = Duration.ofMillis(1);
    proxy.follow((request, occurrence) ->
        occurrence % 3 == 0 ? new Fault.Trickle(32 << 10, pause) : new Fault.None());
    long seed = new Random().nextLong();
    var random = new Random(seed);
    int kept = 0;
    for (int round = 0; round < ROUNDS; round++) {
      int millis = random.nextInt(LONGEST_MILLIS);
      killAfter(millis, random.nextLong());
      kept += verify("seed " + seed + ", round " + round + ", killed after " + millis + " ms");
    }
    assertThat(kept).as("names that were promised and there").isPositive();
  }

  @Test
  void aPullGoesOnWhereTheKilledOneWas() throws Exception {
    String name = proxy.host() + "/app" + (IMAGES - 1) + ":0";
    String blobs = "/v2/app" + (IMAGES - 1) + "/blobs/.*";
    proxy.follow((request, occurrence) -> new Fault.Trickle(64 << 10, Duration.ofMillis(10)));
    Path out = dirs.path("out");
    Process child = start(out, name);
    try {
      await().atMost(SECONDS).until(() -> proxy.bytes(blobs) > LARGE / 2);
    } finally {
      child.destroyForcibly();
      child.waitFor();
    }
    long before = proxy.bytes(blobs);
    assertThat(before).as("killed in the middle: " + Files.readString(out)).isLessThan(LARGE);
    proxy.heal();
    proxy.forgetRequests();
    try (var pulls = new PullFixture(dirs.base())) {
      StoredImage pulled = pulls.pull(name);
      proof.right(pulls.store(), pulled);
      assertThat(StoreProof.names(pulls.directory.resolve("spool"))).isEmpty();
    }
    // What the kill cut off may be on its way twice: the buffers of the connections.
    assertThat(proxy.bytes(blobs)).isLessThan(LARGE - LARGE / 4);
  }

  private void killAfter(int millis, long seed) throws Exception {
    Path out = dirs.path("out");
    Process child = start(out, String.valueOf(seed));
    try {
      long deadline = System.nanoTime() + SECONDS.toNanos();
      while (!Files.readString(out).contains("ready")) {
        assertThat(child.isAlive()).as(Files.readString(out)).isTrue();
        assertThat(System.nanoTime()).isLessThan(deadline);
        Thread.sleep(5);
      }
      Thread.sleep(millis);
    } finally {
      child.destroyForcibly();
      child.waitFor();
    }
    for (String line : Files.readAllLines(out)) {
      String[] words = line.split(" ", 2);
      assertThat(words[0]).as(line).isNotEqualTo("failed");
      if (words.length == 2 && line.matches("(want|have|maybe|go|gone) \\S+:\\d")) {
        names.compute(words[1], (name, before) -> state(words[0], before));
      }
    }
  }

  /** A name that is there stays there while it is pulled or tagged again. */
  private static State state(String word, @Nullable State before) {
    return switch (word) {
      case "have" -> State.THERE;
      case "gone" -> State.ABSENT;
      case "want", "maybe" -> before == State.THERE ? State.THERE : State.EITHER;
      default -> State.EITHER;
    };
  }

  private Process start(Path out, String work) throws IOException {
    Files.writeString(out, "");
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xshare:auto",
            "-cp",
            System.getProperty("java.class.path"),
            StoreWorkload.class.getName(),
            dirs.base().toString(),
            proxy.host(),
            work));
    command.addAll(archives);
    return new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.appendTo(dirs.path("err").toFile()))
        .redirectOutput(out.toFile())
        .redirectInput(Path.of("/dev/null").toFile())
        .start();
  }

  private int verify(String when) throws Exception {
    int kept = 0;
    try (ImageStore store = ImageStore.open(dirs.path("images"))) {
      proof.right(store);
      var client =
          new RegistryClient(
              new HostsDirectory(List.of(dirs.path("certs.d"))), SECONDS, RetryPolicy.DEFAULT);
      try (var checker = new ImageChecker(store, client)) {
        CheckReport report = checker.check(false, CheckListener.NONE);
        assertThat(report.findings()).as(when).isEmpty();
      }
      for (var name : names.entrySet()) {
        boolean there = store.find(name.getKey()).isPresent();
        switch (name.getValue()) {
          case THERE -> assertThat(there).as(when + ": lost " + name.getKey()).isTrue();
          case ABSENT -> assertThat(there).as(when + ": still has " + name.getKey()).isFalse();
          case EITHER -> name.setValue(there ? State.THERE : State.ABSENT);
        }
        kept += there ? 1 : 0;
      }
    }
    return kept;
  }
}
