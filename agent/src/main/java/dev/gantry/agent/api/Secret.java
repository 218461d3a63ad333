package dev.gantry.agent.api;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Secret values by key; {@code stringData} becomes part of {@code data}. */
public record Secret(
    ObjectMeta metadata,
    @Nullable Boolean immutable,
    Map<String, Bytes> data,
    Map<String, String> stringData,
    @Default("Opaque") String type)
    implements KubeObject {
  public Secret {
    data = Fields.map(data);
    stringData = Fields.map(stringData);
    metadata = metadata.inSomeNamespace();
    if (!stringData.isEmpty()) {
      TreeMap<String, Bytes> all = new TreeMap<>(data);
      stringData.forEach((key, value) -> all.put(key, Bytes.of(value)));
      data = Fields.map(all);
      stringData = Map.of();
    }
  }

  /** This with another {@code metadata}. */
  public Secret withMetadata(ObjectMeta metadata) {
    return Shape.with(this, "metadata", metadata);
  }

  @Override
  public String apiVersion() {
    return "v1";
  }

  @Override
  public String kind() {
    return "Secret";
  }

  /** Names the keys, never what they hold: this ends in logs. */
  @Override
  public String toString() {
    return "Secret[" + metadata.namespace() + "/" + metadata.name() + " " + data.keySet() + "]";
  }
}
