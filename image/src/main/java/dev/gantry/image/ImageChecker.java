package dev.gantry.image;

import dev.gantry.image.StoreSnapshot.Entry;
import dev.gantry.image.layer.LayerVerifier;
import dev.gantry.image.layer.UnpackLimits;
import dev.gantry.image.registry.RegistryClient;
import dev.gantry.image.store.StoredLayer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Verifies a whole store: every image's record on disk, and of every layer that what is on disk is
 * what was pulled, byte for byte and attribute for attribute. With repair, what is bad is made
 * again – out of the layer's own archive where that is whole, else from a registry that the image
 * came from – and put in its place at once; containers that have the old one mounted keep it until
 * they are removed.
 */
public final class ImageChecker implements AutoCloseable {
  private final ImageStore store;
  private final LayerRepair repairs;
  private final LayerVerifier verifier;
  private final LayerWorkers worker = new LayerWorkers(1);

  public ImageChecker(ImageStore store, RegistryClient registries) {
    this.store = store;
    this.repairs = new LayerRepair(store, registries);
    this.verifier = new LayerVerifier(store.temporary(), UnpackLimits.DEFAULT);
  }

  /**
   * Where a layer stands: an image that has it, and at what place.
   *
   * @param entries all images that have it
   */
  record Standing(StoredLayer layer, List<LayerId> below, List<Entry> entries) {}

  /**
   * Checks everything. Pulls and removals go on meanwhile; what comes or goes is left out.
   *
   * @param repair make again what is bad
   * @throws StoreException when the disk is too full to check, or fails
   */
  public CheckReport check(boolean repair, CheckListener listener)
      throws ImageException, InterruptedException {
    List<Entry> entries = List.copyOf(store.images().snapshot().entries());
    var findings = new ArrayList<CheckFinding>();
    Map<LayerId, Standing> layers = standings(entries);
    for (Entry e : entries) {
      CheckFinding bad = record(e, repair);
      if (bad != null) {
        findings.add(bad);
        listener.checked(0, layers.size(), bad);
      }
    }
    int done = 0;
    for (Standing s : layers.values()) {
      CheckFinding bad = held(s, repair);
      if (bad != null) {
        findings.add(bad);
      }
      listener.checked(++done, layers.size(), bad);
    }
    return new CheckReport(entries.size(), layers.size(), findings);
  }

  /** Every layer once, each after those that it stands on. */
  private Map<LayerId, Standing> standings(List<Entry> entries) {
    var all = new LinkedHashMap<LayerId, Standing>();
    for (Entry e : entries) {
      List<LayerId> ids = e.image().layers();
      for (int i = 0; i < ids.size(); i++) {
        List<LayerId> below = ids.subList(0, i);
        store
            .layers()
            .get(ids.get(i))
            .map(layer ->
                all.computeIfAbsent(
                    layer.id(), id -> new Standing(layer, below, new ArrayList<>())))
            .filter(s -> !s.entries().contains(e))
            .ifPresent(s -> s.entries().add(e));
      }
    }
    return all;
  }

  private @Nullable CheckFinding record(Entry e, boolean repair) throws ImageException {
    String problem = store.recordProblem(e);
    if (problem == null) {
      return null;
    }
    if (repair) {
      store.rewrite(e);
    }
    return new CheckFinding(
        "image " + e.image().id(),
        List.of(nameOf(e)),
        problem,
        repair,
        repair ? "written again from memory" : "");
  }

  private @Nullable CheckFinding held(Standing s, boolean repair)
      throws ImageException, InterruptedException {
    // With those below, which it is held against.
    var held = new HashSet<>(s.below());
    held.add(s.layer().id());
    store.hold(held, 1);
    try {
      return store.layers().get(s.layer().id()).isEmpty() ? null : layer(s, repair);
    } finally {
      store.hold(held, -1);
    }
  }

  private @Nullable CheckFinding layer(Standing s, boolean repair)
      throws ImageException, InterruptedException {
    List<String> problems = run(() -> verify(s));
    if (problems.isEmpty()) {
      return null;
    }
    LayerRepair.Outcome outcome =
        repair ? run(() -> repairs.repair(s)) : new LayerRepair.Outcome(false, "");
    return new CheckFinding(
        "layer " + s.layer().id().digest(),
        s.entries().stream().map(ImageChecker::nameOf).toList(),
        String.join("; ", problems),
        outcome.repaired(),
        outcome.text());
  }

  private List<String> verify(Standing s) throws IOException {
    StoredLayer layer = s.layer();
    var problems = new ArrayList<String>();
    if (!store.layers().isRecorded(layer)) {
      problems.add("its record is missing or damaged");
    }
    List<Path> below;
    try {
      below = layer.selfContained() ? List.of() : store.layers().topFirst(s.below());
    } catch (LayerException e) {
      problems.add("a layer below it: " + e.getMessage());
      return problems;
    }
    problems.addAll(
        verifier.verify(
            store.layers().directory(layer.id()),
            new LayerVerifier.Claim(
                layer.diffId(), layer.selfContained(), layer.blobSize(), layer.file()),
            below));
    return problems;
  }

  private <T> T run(java.util.concurrent.Callable<T> work)
      throws ImageException, InterruptedException {
    try {
      return worker.run(work);
    } catch (ImageException | InterruptedException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new StoreException(
          store.directory(), "check", e instanceof IOException io ? io : new IOException(e));
    }
  }

  private static String nameOf(Entry e) {
    StoredImage image = e.image();
    return image.repoTags().stream()
        .findFirst()
        .or(() -> image.repoDigests().stream().findFirst())
        .orElseGet(() -> image.id().toString());
  }

  @Override
  public void close() {
    worker.close();
  }
}
