package dev.gantry.oci.runtime;

import io.avaje.json.JsonAdapter;
import io.avaje.json.JsonReader;
import io.avaje.json.JsonWriter;
import io.avaje.jsonb.CustomAdapter;
import io.avaje.jsonb.Jsonb;
import org.jspecify.annotations.Nullable;

/** Reads and writes a system call argument, whose numbers do not fit Java's signed ones. */
@CustomAdapter
public final class ArgAdapter implements JsonAdapter<Arg> {
  public ArgAdapter(Jsonb jsonb) {}

  @Override
  public void toJson(JsonWriter writer, @Nullable Arg value) {
    if (value == null) {
      writer.nullValue();
      return;
    }
    writer.beginObject();
    writer.name("index");
    writer.value(value.index());
    writer.name("value");
    Unsigned.write(writer, value.value());
    writer.name("valueTwo");
    Unsigned.write(writer, value.valueTwo());
    writer.name("op");
    writer.value(value.op());
    writer.endObject();
  }

  @Override
  public @Nullable Arg fromJson(JsonReader reader) {
    if (reader.isNullValue()) {
      return null;
    }
    int index = 0;
    long value = 0;
    long valueTwo = 0;
    String op = "";
    reader.beginObject();
    while (reader.hasNextField()) {
      switch (reader.nextField()) {
        case "index" -> index = Unsigned.readInt(reader);
        case "value" -> value = Unsigned.read(reader);
        case "valueTwo" -> valueTwo = Unsigned.read(reader);
        case "op" -> op = reader.readString();
        default -> reader.skipValue();
      }
    }
    reader.endObject();
    return new Arg(index, value, valueTwo, op);
  }
}
