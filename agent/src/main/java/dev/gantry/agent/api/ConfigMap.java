package dev.gantry.agent.api;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Configuration by key. */
public record ConfigMap(
    ObjectMeta metadata,
    @Nullable Boolean immutable,
    Map<String, String> data,
    Map<String, Bytes> binaryData)
    implements KubeObject {
  public ConfigMap {
    data = Fields.map(data);
    binaryData = Fields.map(binaryData);
    metadata = metadata.inSomeNamespace();
  }

  /** This with another {@code metadata}. */
  public ConfigMap withMetadata(ObjectMeta metadata) {
    return Shape.with(this, "metadata", metadata);
  }

  @Override
  public String apiVersion() {
    return "v1";
  }

  @Override
  public String kind() {
    return "ConfigMap";
  }
}
