package dev.gantry.oci.runtime;

import io.avaje.json.JsonAdapter;
import io.avaje.json.JsonReader;
import io.avaje.json.JsonWriter;
import io.avaje.jsonb.CustomAdapter;
import io.avaje.jsonb.Jsonb;
import org.jspecify.annotations.Nullable;

/** Reads and writes a resource limit, whose numbers do not fit Java's signed ones. */
@CustomAdapter
public final class RlimitAdapter implements JsonAdapter<Rlimit> {
  public RlimitAdapter(Jsonb jsonb) {}

  @Override
  public void toJson(JsonWriter writer, @Nullable Rlimit value) {
    if (value == null) {
      writer.nullValue();
      return;
    }
    writer.beginObject();
    writer.name("type");
    writer.value(value.type());
    writer.name("hard");
    Unsigned.write(writer, value.hard());
    writer.name("soft");
    Unsigned.write(writer, value.soft());
    writer.endObject();
  }

  @Override
  public @Nullable Rlimit fromJson(JsonReader reader) {
    if (reader.isNullValue()) {
      return null;
    }
    String type = "";
    long hard = 0;
    long soft = 0;
    reader.beginObject();
    while (reader.hasNextField()) {
      switch (reader.nextField()) {
        case "type" -> type = reader.readString();
        case "hard" -> hard = Unsigned.read(reader);
        case "soft" -> soft = Unsigned.read(reader);
        default -> reader.skipValue();
      }
    }
    reader.endObject();
    return new Rlimit(type, hard, soft);
  }
}
