package dev.gantry.agent.volume;

import dev.gantry.agent.api.Bytes;
import dev.gantry.agent.api.ConfigMap;
import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.DownwardAPIVolumeFile;
import dev.gantry.agent.api.KeyToPath;
import dev.gantry.agent.api.ObjectFieldSelector;
import dev.gantry.agent.api.ObjectSource;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.ResourceFieldSelector;
import dev.gantry.agent.api.Secret;
import dev.gantry.agent.api.Volume;
import dev.gantry.agent.api.VolumeProjection;
import dev.gantry.agent.podspec.ContainerConfigException;
import dev.gantry.agent.podspec.DownwardApi;
import dev.gantry.agent.podspec.NodeFacts;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The files of configMap, secret, downwardAPI and projected volumes. */
final class Payload {
  private final Pod pod;
  private final ObjectSource objects;
  private final NodeFacts node;
  private final int defaultMode;
  private final SortedMap<String, AtomicWriter.File> files = new TreeMap<>();

  private Payload(Pod pod, ObjectSource objects, NodeFacts node, int defaultMode) {
    this.pod = pod;
    this.objects = objects;
    this.node = node;
    this.defaultMode = defaultMode;
  }

  /** The files of a volume, or nothing when it is of another kind. */
  static Optional<SortedMap<String, AtomicWriter.File>> of(
      Volume volume, Pod pod, ObjectSource objects, NodeFacts node) throws VolumeException {
    if (volume.configMap() != null) {
      Payload payload = new Payload(pod, objects, node, volume.configMap().defaultMode());
      payload.configMap(
          volume.configMap().name(), volume.configMap().items(), volume.configMap().optional());
      return Optional.of(payload.files);
    }
    if (volume.secret() != null) {
      Payload payload = new Payload(pod, objects, node, volume.secret().defaultMode());
      payload.secret(
          volume.secret().secretName(), volume.secret().items(), volume.secret().optional());
      return Optional.of(payload.files);
    }
    if (volume.downwardAPI() != null) {
      Payload payload = new Payload(pod, objects, node, volume.downwardAPI().defaultMode());
      payload.downward(volume.downwardAPI().items());
      return Optional.of(payload.files);
    }
    if (volume.projected() != null) {
      Payload payload = new Payload(pod, objects, node, volume.projected().defaultMode());
      for (VolumeProjection source : volume.projected().sources()) {
        payload.project(source);
      }
      return Optional.of(payload.files);
    }
    return Optional.empty();
  }

  private void project(VolumeProjection source) throws VolumeException {
    if (source.configMap() != null) {
      configMap(
          source.configMap().name(), source.configMap().items(), source.configMap().optional());
    }
    if (source.secret() != null) {
      secret(source.secret().name(), source.secret().items(), source.secret().optional());
    }
    if (source.downwardAPI() != null) {
      downward(source.downwardAPI().items());
    }
  }

  private void configMap(String name, List<KeyToPath> items, @Nullable Boolean optional)
      throws VolumeException {
    Optional<ConfigMap> found = objects.configMap(pod.metadata().namespace(), name);
    if (found.isEmpty() && !Boolean.TRUE.equals(optional)) {
      throw new VolumeException("configmap \"" + name + "\" not found");
    }
    Map<String, Bytes> data = new TreeMap<>();
    found.ifPresent(map -> {
      map.data().forEach((key, value) -> data.put(key, Bytes.of(value)));
      data.putAll(map.binaryData());
    });
    keys(data, items, optional, "config");
  }

  private void secret(String name, List<KeyToPath> items, @Nullable Boolean optional)
      throws VolumeException {
    Optional<Secret> found = objects.secret(pod.metadata().namespace(), name);
    if (found.isEmpty() && !Boolean.TRUE.equals(optional)) {
      throw new VolumeException("secret \"" + name + "\" not found");
    }
    keys(found.map(Secret::data).orElse(Map.of()), items, optional, "secret");
  }

  private void keys(
      Map<String, Bytes> data, List<KeyToPath> items, @Nullable Boolean optional, String kind)
      throws VolumeException {
    if (items.isEmpty()) {
      data.forEach((key, value) -> put(key, value.decode(), null));
      return;
    }
    for (KeyToPath item : items) {
      Bytes value = data.get(item.key());
      if (value != null) {
        put(item.path(), value.decode(), item.mode());
      } else if (!Boolean.TRUE.equals(optional)) {
        throw new VolumeException("references non-existent " + kind + " key: " + item.key());
      }
    }
  }

  private void downward(List<DownwardAPIVolumeFile> items) throws VolumeException {
    for (DownwardAPIVolumeFile item : items) {
      try {
        put(item.path(), value(item).getBytes(StandardCharsets.UTF_8), item.mode());
      } catch (ContainerConfigException e) {
        throw new VolumeException(String.valueOf(e.getMessage()), e);
      }
    }
  }

  private String value(DownwardAPIVolumeFile item) throws ContainerConfigException {
    ObjectFieldSelector field = item.fieldRef();
    if (field != null) {
      return DownwardApi.field(field, pod, node, List.of());
    }
    ResourceFieldSelector resource = item.resourceFieldRef();
    Container unnamed = pod.spec().containers().getFirst();
    return resource == null ? "" : DownwardApi.resource(resource, pod, unnamed, node);
  }

  private void put(String path, byte[] content, @Nullable Integer mode) {
    files.put(path, new AtomicWriter.File(content, mode == null ? defaultMode : mode));
  }
}
