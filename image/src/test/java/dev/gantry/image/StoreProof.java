package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.gantry.image.layer.TreeListing;
import dev.gantry.image.policy.TrustPolicy;
import dev.gantry.oci.Platform;
import dev.gantry.testkit.ImageArchive;
import dev.gantry.testkit.TestImage;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Knows what each image must look like in a store, and what may not be left beside it. */
final class StoreProof {
  private static final Pattern THREAD = Pattern.compile("\"name\": \"((pull |layer)[^\"]*)\"");

  /** Times that no archive states: whiteouts, and parents that are not in it. */
  private static final Pattern UNPACKED_AT = Pattern.compile("\\S+\\.\\d+Z");

  private final Map<String, TestImage> images = new HashMap<>();

  /** Listings of an image's layers, top first, by its id. */
  private final Map<String, List<Map<String, String>>> trees = new HashMap<>();

  /** Unpacks the images in a store that no network and no crash has touched. */
  static StoreProof of(List<TestImage> images, Path scratch) throws IOException {
    var proof = new StoreProof();
    try (ImageStore store = ImageStore.open(scratch.resolve("reference"))) {
      for (TestImage image : images) {
        Path tar = scratch.resolve("reference.tar");
        ImageArchive.ociLayout(tar, Map.of("test.example/reference:1", image));
        StoredImage stored =
            new ImageImporter(store, Platform.host(), TrustPolicy.ACCEPT_ANYTHING)
                .importArchive(tar)
                .getFirst();
        assertThat(stored.id()).hasToString(image.id());
        proof.images.put(image.id(), image);
        proof.trees.put(image.id(), trees(store, stored));
        Files.delete(tar);
      }
    }
    return proof;
  }

  private static List<Map<String, String>> trees(ImageStore store, StoredImage image)
      throws IOException {
    var trees = new ArrayList<Map<String, String>>();
    for (Path layer : store.lowerDirs(image)) {
      var tree = new TreeMap<String, String>();
      TreeListing.of(layer)
          .forEach((path, line) -> tree.put(path, UNPACKED_AT.matcher(line).replaceAll("now")));
      trees.add(tree);
    }
    return trees;
  }

  /** The image is one of ours, under its own digest, and every file of it is as it must be. */
  void right(ImageStore store, StoredImage image) throws IOException {
    assertThat(images).as("images that were made").containsKey(image.id().toString());
    TestImage made = Objects.requireNonNull(images.get(image.id().toString()));
    assertThat(image.repoDigests()).allMatch(name -> name.endsWith("@" + made.digest()));
    assertThat(trees(store, image))
        .as("tree of " + image.repoTags())
        .isEqualTo(trees.get(made.id()));
  }

  /** Every image of the store is right; layers of pulls that may be tried again may lie there. */
  void right(ImageStore store) throws IOException {
    for (StoredImage image : store.list()) {
      right(store, image);
    }
    assertThat(names(store.directory().resolve("tmp"))).isEmpty();
  }

  /** Every image of the store is right, and nothing lies in it that no image has. */
  void sound(ImageStore store) throws IOException {
    right(store);
    var layers = new TreeSet<String>();
    for (StoredImage image : store.list()) {
      image.layers().forEach(id -> layers.add(id.directoryName()));
    }
    assertThat(names(store.directory().resolve("layers")))
        .containsExactlyInAnyOrderElementsOf(layers);
    assertThat(names(store.directory().resolve("spool"))).isEmpty();
  }

  static List<String> names(Path directory) throws IOException {
    var names = new ArrayList<String>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      entries.forEach(entry -> names.add(entry.getFileName().toString()));
    } catch (NoSuchFileException none) {
      return List.of();
    }
    return names;
  }

  /** Virtual threads, too, of pulls and their layers. */
  static List<String> threadsOfPulls(Path scratch) throws IOException {
    Path dump = scratch.resolve("threads.json");
    ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
        .dumpThreads(dump.toString(), HotSpotDiagnosticMXBean.ThreadDumpFormat.JSON);
    var names = new ArrayList<String>();
    Matcher name = THREAD.matcher(Files.readString(dump));
    while (name.find()) {
      names.add(name.group(1));
    }
    Files.delete(dump);
    return names;
  }

  /** What this process has open whose name begins like this. */
  static List<String> open(String prefix) throws IOException {
    var open = new ArrayList<String>();
    for (String fd : names(Path.of("/proc/self/fd"))) {
      String target = target(fd);
      if (target.startsWith(prefix)) {
        open.add(target);
      }
    }
    return open;
  }

  private static String target(String fd) throws IOException {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd", fd)).toString();
    } catch (NoSuchFileException closedMeanwhile) {
      return "";
    }
  }
}
