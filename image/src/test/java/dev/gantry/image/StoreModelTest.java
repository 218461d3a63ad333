package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.oci.Digest;
import dev.gantry.testkit.Registry;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Random pulls, removals, tags, prunes and uses, one after the other and all at once. */
class StoreModelTest {
  private static final boolean SOAK = Boolean.getBoolean("gantry.soak");
  private static final int STEPS = SOAK ? 10_000 : 160;
  private static final int IMAGES = 5;
  private static final int THREADS = 8;
  private static final PruneOptions ALL = new PruneOptions(true, Duration.ZERO, false);
  private static final PruneOptions UNTAGGED = new PruneOptions(false, Duration.ZERO, false);

  @RegisterExtension final TestDirs dirs = new TestDirs();

  private final long seed = new Random().nextLong();
  private final Registry registry = Registry.start();
  private List<TestImage> images;
  private StoreProof proof;
  private PullFixture pulls;

  /** Tags by name: what the store must say. An image without a tag that is not gone has none. */
  private final Map<String, String> tags = new TreeMap<>();

  private final Set<String> ids = new TreeSet<>();
  private final Map<String, List<Lease>> uses = new LinkedHashMap<>();

  @BeforeEach
  void open() throws IOException {
    images = RandomImages.make(4, IMAGES, 1 << 16);
    for (int i = 0; i < IMAGES; i++) {
      for (int tag = 0; tag < 3; tag++) {
        registry.push("app" + i, String.valueOf(tag), images.get(i));
      }
    }
    proof = StoreProof.of(images, dirs.base());
    pulls = new PullFixture(dirs.base());
  }

  @AfterEach
  void close() {
    pulls.close();
    registry.close();
  }

  private String name(int image, int tag) {
    return registry.host() + "/app" + image + ":" + tag;
  }

  @Test
  void oneAfterTheOtherItIsWhatTheModelSays() throws Exception {
    var random = new Random(seed);
    for (int i = 0; i < STEPS; i++) {
      String step = step(random);
      assertThat(tagsOfStore()).as("seed " + seed + ", step " + i + ": " + step).isEqualTo(tags);
      assertThat(idsOfStore()).as("seed " + seed + ", step " + i + ": " + step).isEqualTo(ids);
      if (i % 50 == 0) {
        closeUses();
        pulls.reopen();
      }
    }
    closeUses();
    pulls.store().prune(ALL);
    proof.sound(pulls.store());
    assertThat(pulls.store().list()).isEmpty();
  }

  private void closeUses() {
    uses.values().forEach(leases -> leases.forEach(Lease::close));
    uses.clear();
  }

  private String step(Random random) throws Exception {
    int image = random.nextInt(IMAGES);
    String name = name(image, random.nextInt(3));
    String id = images.get(image).id();
    return switch (random.nextInt(9)) {
      case 0, 1, 2 -> {
        pulls.pull(name);
        ids.add(id);
        tags.put(name, id);
        yield "pull " + name;
      }
      case 3 -> {
        pulls.store().remove(name);
        if (tags.containsKey(name)) {
          forget(id);
        }
        yield "remove " + name;
      }
      case 4 -> {
        pulls.store().remove(id);
        forget(id);
        yield "remove " + id;
      }
      case 5 -> {
        pulls.store().untag(name);
        if (tags.remove(name) != null && !tags.containsValue(id)) {
          forget(id);
        }
        yield "untag " + name;
      }
      case 6 -> {
        String moving = "test.example/moving:" + random.nextInt(2);
        if (pulls.store().tag(id, moving).isPresent()) {
          tags.put(moving, id);
        }
        yield "tag " + id + " " + moving;
      }
      case 7 -> {
        Optional<Lease> lease = pulls.store().use(Digest.parse(id));
        // One that was removed under a container is still there for another.
        assertThat(lease.isPresent()).isEqualTo(ids.contains(id) || uses.containsKey(id));
        lease.ifPresent(l -> uses.computeIfAbsent(id, k -> new ArrayList<>()).add(l));
        yield "use " + id;
      }
      default -> prune(random.nextInt(4) == 0);
    };
  }

  private String prune(boolean all) throws Exception {
    pulls.store().prune(all ? ALL : UNTAGGED);
    for (String id : List.copyOf(ids)) {
      if (!uses.containsKey(id) && (all || !tags.containsValue(id))) {
        forget(id);
      }
    }
    return all ? "prune all" : "prune untagged";
  }

  private void forget(String id) {
    ids.remove(id);
    tags.values().removeIf(id::equals);
  }

  private Map<String, String> tagsOfStore() {
    var found = new TreeMap<String, String>();
    for (StoredImage image : pulls.store().list()) {
      image.repoTags().forEach(tag -> found.put(tag, image.id().toString()));
    }
    return found;
  }

  private Set<String> idsOfStore() {
    var found = new TreeSet<String>();
    pulls.store().list().forEach(image -> found.add(image.id().toString()));
    return found;
  }

  /** What is used stays on the disk, whoever removes it, and the end is a clean store. */
  @Test
  void allAtOnceNothingThatIsUsedGoesAndNothingStays() throws Exception {
    var broken = new ConcurrentHashMap<String, Throwable>();
    var running = new ArrayList<Future<?>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int thread = 0; thread < THREADS; thread++) {
        var random = new Random(seed + thread);
        running.add(
            threads.submit(() -> {
              for (int i = 0; i < STEPS / 2 && broken.isEmpty(); i++) {
                try {
                  concurrently(random);
                } catch (Throwable t) {
                  broken.put("seed " + seed + ", step " + i, t);
                }
              }
            }));
      }
      for (Future<?> f : running) {
        f.get();
      }
    }
    assertThat(broken).isEmpty();
    proof.right(pulls.store());
    pulls.store().prune(ALL);
    assertThat(pulls.store().list()).isEmpty();
    pulls.reopen();
    proof.sound(pulls.store());
    assertThat(StoreProof.names(pulls.directory.resolve("layers"))).isEmpty();
  }

  private void concurrently(Random random) throws Exception {
    int image = random.nextInt(2);
    String name = name(image, random.nextInt(3));
    Digest id = Digest.parse(images.get(image).id());
    switch (random.nextInt(8)) {
      case 0, 1, 2 -> assertThat(pulls.pull(name).id()).isEqualTo(id);
      case 3 -> pulls.store().remove(name);
      case 4 -> pulls.store().untag(name);
      case 5 -> pulls.store().prune(random.nextBoolean() ? ALL : UNTAGGED);
      case 6 -> pulls.store().tag(id.toString(), "test.example/moving:" + random.nextInt(2));
      default -> use(id);
    }
  }

  private void use(Digest id) throws Exception {
    Optional<StoredImage> found = pulls.store().find(id.toString());
    Optional<Lease> lease = pulls.store().use(id);
    if (found.isEmpty() || lease.isEmpty()) {
      lease.ifPresent(Lease::close);
      return;
    }
    Lease held = lease.get();
    try {
      for (int i = 0; i < 3; i++) {
        for (Path layer : pulls.store().lowerDirs(found.get())) {
          assertThat(Files.isDirectory(layer)).as(layer + " is in use").isTrue();
        }
        Thread.sleep(2);
      }
      proof.right(pulls.store(), found.get());
    } finally {
      held.close();
    }
  }
}
