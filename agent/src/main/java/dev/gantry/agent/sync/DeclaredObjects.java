package dev.gantry.agent.sync;

import dev.gantry.agent.api.ConfigMap;
import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.ObjectSource;
import dev.gantry.agent.api.RuntimeClass;
import dev.gantry.agent.api.Secret;
import dev.gantry.agent.source.ManifestDirectory;
import dev.gantry.agent.source.ObjectKey;
import dev.gantry.agent.source.ObjectStore;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** All objects that are declared: those that were applied and those of the manifest directory. */
final class DeclaredObjects implements ObjectSource {
  private final ObjectStore store;
  private final @Nullable ManifestDirectory manifests;

  DeclaredObjects(ObjectStore store, @Nullable ManifestDirectory manifests) {
    this.store = store;
    this.manifests = manifests;
  }

  /** Those of files. */
  List<KubeObject> fromFiles() {
    return manifests == null ? List.of() : manifests.objects();
  }

  /** Those that were applied. */
  List<KubeObject> applied() {
    return store.all();
  }

  /** All of them. */
  List<KubeObject> all() {
    List<KubeObject> all = new ArrayList<>(fromFiles());
    all.addAll(applied());
    return all;
  }

  /** Those that pods show as files and variables. */
  Set<KubeObject> shown() {
    Set<KubeObject> shown = new HashSet<>();
    for (KubeObject object : all()) {
      if (object instanceof ConfigMap || object instanceof Secret) {
        shown.add(object);
      }
    }
    return shown;
  }

  private Optional<KubeObject> find(ObjectKey key) {
    return store
        .get(key)
        .or(() -> fromFiles().stream().filter(o -> ObjectKey.of(o).equals(key)).findFirst());
  }

  @Override
  public Optional<ConfigMap> configMap(String namespace, String name) {
    return find(new ObjectKey("ConfigMap", namespace, name)).map(ConfigMap.class::cast);
  }

  @Override
  public Optional<Secret> secret(String namespace, String name) {
    return find(new ObjectKey("Secret", namespace, name)).map(Secret.class::cast);
  }

  /** A class by its name. */
  Optional<RuntimeClass> runtimeClass(String name) {
    return find(new ObjectKey("RuntimeClass", "", name)).map(RuntimeClass.class::cast);
  }
}
