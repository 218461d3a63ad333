package dev.gantry.image;

import dev.gantry.image.StoreSnapshot.Entry;
import dev.gantry.image.registry.BlobPuller;
import dev.gantry.image.registry.RegistryClient;
import dev.gantry.image.registry.RegistrySession;
import dev.gantry.image.store.StoredLayer;
import dev.gantry.oci.Descriptor;
import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageManifest;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.OciJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Stream;

/** Makes a damaged layer again, from the nearest place that has it whole. */
final class LayerRepair {
  private final ImageStore store;
  private final RegistryClient registries;

  LayerRepair(ImageStore store, RegistryClient registries) {
    this.store = store;
    this.registries = registries;
  }

  /** Whether it worked, and how or why not. */
  record Outcome(boolean repaired, String text) {}

  /** A place that may have the layer. */
  private record Origin(String name, LayerPlan plan) {}

  Outcome repair(ImageChecker.Standing s) throws IOException, InterruptedException {
    var failures = new ArrayList<String>();
    for (Origin origin : origins(s)) {
      try {
        store.rebuild(s.layer(), s.below(), origin.plan());
        return new Outcome(true, "made again from " + origin.name());
      } catch (StoreException disk) {
        throw disk;
      } catch (ImageException e) {
        failures.add(origin.name() + ": " + e.getMessage());
      }
    }
    return new Outcome(
        false,
        "remove the image and pull or import it again; it could not be made again from "
            + String.join("; ", failures));
  }

  private List<Origin> origins(ImageChecker.Standing s) {
    StoredLayer layer = s.layer();
    Digest chain = layer.selfContained() ? layer.diffId() : layer.id().digest();
    var origins = new ArrayList<Origin>();
    origins.add(
        new Origin(
            "its own archive",
            new LayerPlan(
                null,
                layer.file() == null ? -1 : layer.blobSize(),
                layer.diffId(),
                chain,
                () -> store.openTar(layer.id()),
                layer.file())));
    for (Entry e : s.entries()) {
      Descriptor blob = blob(e, layer.id());
      if (blob == null) {
        continue;
      }
      for (ImageReference repository : repositories(e.image())) {
        origins.add(
            new Origin(
                repository.host() + "/" + repository.repository(),
                new LayerPlan(
                    blob.digest(),
                    blob.size(),
                    layer.diffId(),
                    chain,
                    () -> BlobPuller.open(open(repository), blob.digest()),
                    layer.file())));
      }
    }
    return origins;
  }

  private RegistrySession open(ImageReference repository) throws IOException {
    return registries.open(repository, Credentials.NONE);
  }

  private static @org.jspecify.annotations.Nullable Descriptor blob(Entry e, LayerId id) {
    byte[] manifest = Base64.getDecoder().decode(e.record().manifest());
    int at = e.image().layers().indexOf(id);
    if (manifest.length == 0) {
      return null; // from an archive that had none
    }
    List<Descriptor> layers = OciJson.parse(manifest, ImageManifest.class).layers();
    return at < layers.size() ? layers.get(at) : null;
  }

  private static Iterable<ImageReference> repositories(StoredImage image) {
    var all = new LinkedHashMap<String, ImageReference>();
    Stream.concat(image.repoDigests().stream(), image.repoTags().stream())
        .map(ImageReference::parse)
        .forEach(r -> all.putIfAbsent(r.host() + "/" + r.repository(), r));
    return all.values();
  }
}
