package dev.gantry.oci;

import io.avaje.json.JsonAdapter;
import io.avaje.json.JsonReader;
import io.avaje.json.JsonWriter;
import io.avaje.jsonb.Jsonb;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes no empty map, where the library's own adapter writes <code>{}</code>. */
final class MapAdapter<V> implements JsonAdapter<Map<String, V>> {
  private final JsonAdapter<V> values;

  private MapAdapter(JsonAdapter<V> values) {
    this.values = values;
  }

  /** The library's factory method: an adapter for maps with string keys, null for other types. */
  static @Nullable JsonAdapter<?> create(Type type, Jsonb jsonb) {
    return type instanceof ParameterizedType map && map.getRawType() == Map.class
        ? new MapAdapter<>(jsonb.adapter(map.getActualTypeArguments()[1]))
        : null;
  }

  @Override
  public void toJson(JsonWriter writer, @Nullable Map<String, V> map) {
    if (map == null || map.isEmpty()) {
      writer.nullValue();
      return;
    }
    writer.beginObject();
    map.forEach((key, value) -> {
      writer.name(key);
      values.toJson(writer, value);
    });
    writer.endObject();
  }

  @Override
  public @Nullable Map<String, V> fromJson(JsonReader reader) {
    if (reader.isNullValue()) {
      return null;
    }
    Map<String, V> map = new LinkedHashMap<>();
    reader.beginObject();
    while (reader.hasNextField()) {
      map.put(reader.nextField(), values.fromJson(reader));
    }
    reader.endObject();
    return map;
  }
}
