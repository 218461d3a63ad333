package dev.gantry.oci;

import io.avaje.json.JsonAdapter;
import io.avaje.json.JsonReader;
import io.avaje.json.JsonWriter;
import io.avaje.jsonb.CustomAdapter;
import io.avaje.jsonb.Jsonb;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads and writes Go's {@code map[string]struct{}}. */
@CustomAdapter
public final class NameSetAdapter implements JsonAdapter<NameSet> {
  public NameSetAdapter(Jsonb jsonb) {}

  @Override
  public void toJson(JsonWriter writer, @Nullable NameSet value) {
    if (value == null || value.isEmpty()) {
      writer.nullValue();
      return;
    }
    writer.beginObject();
    for (String name : value) {
      writer.name(name);
      writer.beginObject();
      writer.endObject();
    }
    writer.endObject();
  }

  @Override
  public @Nullable NameSet fromJson(JsonReader reader) {
    if (reader.isNullValue()) {
      return null;
    }
    List<String> names = new ArrayList<>();
    reader.beginObject();
    while (reader.hasNextField()) {
      names.add(reader.nextField());
      reader.skipValue();
    }
    reader.endObject();
    return new NameSet(names);
  }
}
