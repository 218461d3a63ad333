package dev.gantry.oci;

import io.avaje.json.JsonAdapter;
import io.avaje.json.JsonReader;
import io.avaje.json.JsonWriter;
import io.avaje.jsonb.CustomAdapter;
import io.avaje.jsonb.Jsonb;
import org.jspecify.annotations.Nullable;

/** Reads and writes a digest as its text. */
@CustomAdapter
public final class DigestAdapter implements JsonAdapter<Digest> {
  public DigestAdapter(Jsonb jsonb) {}

  @Override
  public void toJson(JsonWriter writer, @Nullable Digest value) {
    if (value == null) {
      writer.nullValue();
    } else {
      writer.value(value.toString());
    }
  }

  @Override
  public @Nullable Digest fromJson(JsonReader reader) {
    return reader.isNullValue() ? null : Digest.parse(reader.readString());
  }
}
