package dev.gantry.image.policy;

import dev.gantry.oci.OciFormatException;
import dev.gantry.oci.OciJson;
import io.avaje.json.JsonException;
import io.avaje.json.JsonReader;
import io.avaje.jsonb.Jsonb;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A value of a JSON document that must say what it means: two keys of one name, a key that nobody
 * knows or a value of another type are errors that name the place.
 *
 * @param place as in {@code transports.docker["registry.example"][0].type}, empty for the whole
 * @param value a map of nodes, a list of nodes, a string, a number, a boolean, or null
 */
record StrictJson(String place, @Nullable Object value) {

  /** Throws {@link OciFormatException} when this is no JSON. */
  static StrictJson parse(byte[] json) {
    OciJson.checkSyntax(json);
    try (JsonReader reader = Jsonb.builder().build().reader(json)) {
      return read(reader, "");
    } catch (JsonException e) {
      throw new OciFormatException("" + e.getMessage(), e);
    }
  }

  private static StrictJson read(JsonReader reader, String place) {
    JsonReader.Token token = reader.currentToken();
    Object value =
        switch (token) {
          case BEGIN_OBJECT -> fields(reader, place);
          case BEGIN_ARRAY -> elements(reader, place);
          case STRING -> reader.readString();
          case NUMBER -> reader.readDecimal();
          case BOOLEAN -> reader.readBoolean();
          case NULL -> {
            reader.isNullValue();
            yield null;
          }
        };
    return new StrictJson(place, value);
  }

  private static Map<String, StrictJson> fields(JsonReader reader, String place) {
    var fields = new LinkedHashMap<String, StrictJson>();
    reader.beginObject();
    while (reader.hasNextField()) {
      String name = reader.nextField();
      if (fields.containsKey(name)) {
        throw wrong(place, "the key \"" + name + "\" is there twice");
      }
      fields.put(name, read(reader, inside(place, name)));
    }
    reader.endObject();
    return fields;
  }

  private static List<StrictJson> elements(JsonReader reader, String place) {
    var elements = new ArrayList<StrictJson>();
    reader.beginArray();
    while (reader.hasNextElement()) {
      elements.add(read(reader, place + "[" + elements.size() + "]"));
    }
    reader.endArray();
    return elements;
  }

  private static String inside(String place, String name) {
    if (!name.matches("[A-Za-z_][A-Za-z0-9_-]*")) {
      return place + "[\"" + name + "\"]";
    }
    return place.isEmpty() ? name : place + "." + name;
  }

  /** The fields of an object. */
  @SuppressWarnings("unchecked") // only fields() makes maps
  Map<String, StrictJson> object() {
    if (value instanceof Map<?, ?>) {
      return (Map<String, StrictJson>) value;
    }
    throw wrong("must be an object");
  }

  /** The fields of an object that has no others than these. */
  Map<String, StrictJson> object(Set<String> known) {
    Map<String, StrictJson> fields = object();
    for (String name : fields.keySet()) {
      if (!known.contains(name)) {
        throw wrong(
            "unknown key \""
                + name
                + "\" (known: "
                + String.join(", ", new TreeSet<>(known))
                + ")");
      }
    }
    return fields;
  }

  /** The fields of an object that has these and no others. */
  Map<String, StrictJson> objectOf(Set<String> all) {
    Map<String, StrictJson> fields = object(all);
    for (String name : all) {
      if (!fields.containsKey(name)) {
        throw wrong("the key \"" + name + "\" is missing");
      }
    }
    return fields;
  }

  /** A field of an object, which must be there. */
  StrictJson field(String name) {
    StrictJson found = object().get(name);
    if (found == null) {
      throw wrong("the key \"" + name + "\" is missing");
    }
    return found;
  }

  @SuppressWarnings("unchecked") // only elements() makes lists
  List<StrictJson> list() {
    if (value instanceof List<?>) {
      return (List<StrictJson>) value;
    }
    throw wrong("must be a list");
  }

  String string() {
    if (value instanceof String s) {
      return s;
    }
    throw wrong("must be a string");
  }

  /** An error about this place. */
  OciFormatException wrong(String why) {
    return wrong(place, why);
  }

  private static OciFormatException wrong(String place, String why) {
    return new OciFormatException(place.isEmpty() ? why : place + ": " + why);
  }
}
