package dev.gantry.cli.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.http.Applied;
import dev.gantry.agent.manifest.ManifestException;
import dev.gantry.agent.manifest.Manifests;
import dev.gantry.cli.e2e.ContainerdFixture;
import dev.gantry.cli.local.ExampleImage;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.TestDirs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Manifests in the forms that people write, all at once on one node: each ends as on a cluster.
 * What that is, stands beside each ({@code NAME.ends}): phase, conditions, states and reasons of
 * containers, and what those wrote that have ended. {@code GANTRY_WRITE_GOLDEN=1} writes what there
 * is after a while. Where another runtime does it otherwise, that stands in {@code
 * NAME.ends.RUNTIME}. Manifests that are refused as a whole are the agent's {@code CorpusTest}'s.
 */
@ExtendWith(LeakCheck.class)
class CorpusRunTest {
  private static final String IMAGE = "docker.io/library/busybox:1.36";
  private static final Path CORPUS = Path.of("src/test/resources/corpus");

  /** containerd 1.6 hears of it now before, now after the exit that it tells of. */
  private static final String OUT_OF_MEMORY = "out-of-memory.yaml";

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final boolean WRITE = "1".equals(System.getenv("GANTRY_WRITE_GOLDEN"));

  @RegisterExtension final TestDirs dirs = new TestDirs();

  @Test
  void everyManifestEndsAsOnACluster() throws Exception {
    try (TestNode node = new TestNode(dirs)) {
      node.importImage(IMAGE);
      everyManifestEnds(node, "");
    }
  }

  @Test
  void everyManifestEndsAsOnAClusterWithContainerd() throws Exception {
    try (ContainerdFixture containerd = new ContainerdFixture(dirs)) {
      containerd.start();
      containerd.load(Map.of());
      Path archive = Files.write(dirs.path("busybox.tar"), ExampleImage.make().archive(IMAGE));
      containerd.load(archive);
      try (TestNode node = new TestNode(dirs, containerd)) {
        everyManifestEnds(node, ".containerd");
      }
    }
  }

  private static void everyManifestEnds(TestNode node, String runtime) throws Exception {
    Map<Path, List<Applied>> applied = new LinkedHashMap<>();
    for (Path manifest : manifests()) {
      if (!runtime.isEmpty() && manifest.endsWith(OUT_OF_MEMORY)) {
        continue;
      }
      applied.put(manifest, node.client().apply(read(manifest)));
    }
    assertThat(applied).hasSizeGreaterThan(40);
    if (WRITE) {
      Thread.sleep(Duration.ofSeconds(45));
    }
    Map<String, String> wrong = new TreeMap<>();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    Map<Path, List<Applied>> left = new LinkedHashMap<>(applied);
    while (!left.isEmpty() && System.nanoTime() < deadline) {
      PodEnds ends = new PodEnds(node);
      wrong.clear();
      left.entrySet()
          .removeIf(one -> isReached(ends(one.getKey(), runtime), ends.of(one.getValue()), wrong));
      Thread.sleep(500);
    }
    assertThat(wrong).as("how pods ended").isEmpty();
  }

  private static Path ends(Path manifest, String runtime) {
    Path other = manifest.resolveSibling(manifest.getFileName() + ".ends" + runtime);
    return Files.exists(other) || WRITE
        ? other
        : manifest.resolveSibling(manifest.getFileName() + ".ends");
  }

  private static boolean isReached(Path file, String is, Map<String, String> wrong) {
    try {
      if (WRITE) {
        Files.writeString(file, is);
      }
      String expected = Files.readString(file);
      if (!is.equals(expected)) {
        wrong.put(String.valueOf(file.getFileName()), "\n" + is + "instead of\n" + expected);
        return false;
      }
      return true;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static List<Path> manifests() throws IOException {
    try (Stream<Path> all = Files.list(CORPUS)) {
      return all.filter(file -> file.toString().matches(".*\\.(yaml|json)")).sorted().toList();
    }
  }

  private static List<KubeObject> read(Path manifest) throws IOException {
    try {
      return new ArrayList<>(Manifests.read(manifest));
    } catch (ManifestException e) {
      throw new AssertionError(e.getMessage(), e);
    }
  }
}
