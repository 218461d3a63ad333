package dev.gantry.network;

import io.avaje.json.JsonException;
import io.avaje.json.JsonReader;
import io.avaje.json.JsonWriter;
import io.avaje.json.stream.BytesJsonWriter;
import io.avaje.json.stream.JsonStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads and writes {@link Json}. */
final class JsonText {
  private static final JsonStream STREAM =
      JsonStream.builder().serializeNulls(true).serializeEmpty(true).build();
  private static final int MAX_DEPTH = 64;

  /** The text is no JSON object; the message says where. */
  static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedException(String message) {
      super(message);
    }

    MalformedException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  private JsonText() {}

  /** Reads one object and nothing after it. */
  static Json.Obj parse(String text) throws MalformedException {
    return parse(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Reads one object, in UTF-8, and nothing after it. */
  static Json.Obj parse(byte[] text) throws MalformedException {
    if (new String(text, StandardCharsets.UTF_8).isBlank()) {
      throw new MalformedException("it is empty");
    }
    Json value;
    // For its message: the other reading would tell of brackets that nobody wrote.
    try (JsonReader reader = STREAM.reader(text)) {
      value = read(reader, 0);
    } catch (JsonException | ArithmeticException | IndexOutOfBoundsException e) {
      throw new MalformedException("it is not JSON: " + e.getMessage(), e);
    }
    if (!isAlone(text)) {
      throw new MalformedException("there is something after the end of the JSON object");
    }
    if (value instanceof Json.Obj object) {
      return object;
    }
    throw new MalformedException("it is JSON but not an object");
  }

  private static boolean isAlone(byte[] text) throws MalformedException {
    try (JsonReader reader = STREAM.reader(framed(text))) {
      reader.beginArray();
      int elements = 0;
      while (reader.hasNextElement()) {
        read(reader, 0);
        elements++;
      }
      reader.endArray();
      return elements == 2;
    } catch (JsonException | ArithmeticException | IndexOutOfBoundsException e) {
      return false;
    }
  }

  /**
   * The text as the first of two elements of an array: avaje's reader has no check for the end of
   * the input, and ends satisfied before trailing garbage.
   */
  private static byte[] framed(byte[] text) {
    byte[] frame = new byte[text.length + 4];
    frame[0] = '[';
    System.arraycopy(text, 0, frame, 1, text.length);
    frame[text.length + 1] = ',';
    frame[text.length + 2] = '0';
    frame[text.length + 3] = ']';
    return frame;
  }

  static byte[] bytes(Json value) {
    try (BytesJsonWriter writer = STREAM.bufferedWriterAsBytes()) {
      write(writer, value);
      return writer.result();
    }
  }

  static String string(Json value) {
    return new String(bytes(value), StandardCharsets.UTF_8);
  }

  private static Json read(JsonReader reader, int depth) throws MalformedException {
    if (depth > MAX_DEPTH) {
      throw new MalformedException("it is nested more than " + MAX_DEPTH + " levels deep");
    }
    return switch (reader.currentToken()) {
      case BEGIN_OBJECT -> readObject(reader, depth);
      case BEGIN_ARRAY -> readArray(reader, depth);
      case STRING -> new Json.Str(reader.readString());
      case NUMBER -> new Json.Num(reader.readDecimal());
      case BOOLEAN -> new Json.Bool(reader.readBoolean());
      case NULL -> {
        if (!reader.isNullValue()) {
          throw new MalformedException("it is not JSON: invalid literal");
        }
        yield new Json.Null();
      }
    };
  }

  private static Json.Obj readObject(JsonReader reader, int depth) throws MalformedException {
    Map<String, Json> members = new LinkedHashMap<>();
    reader.beginObject();
    while (reader.hasNextField()) {
      String name = reader.nextField();
      members.put(name, read(reader, depth + 1));
    }
    reader.endObject();
    return new Json.Obj(members);
  }

  private static Json.Arr readArray(JsonReader reader, int depth) throws MalformedException {
    List<Json> values = new ArrayList<>();
    reader.beginArray();
    while (reader.hasNextElement()) {
      values.add(read(reader, depth + 1));
    }
    reader.endArray();
    return new Json.Arr(values);
  }

  private static void write(JsonWriter writer, Json value) {
    switch (value) {
      case Json.Obj(Map<String, Json> members) -> {
        writer.beginObject();
        members.forEach((name, member) -> {
          writer.name(name);
          write(writer, member);
        });
        writer.endObject();
      }
      case Json.Arr(List<Json> values) -> {
        writer.beginArray();
        values.forEach(element -> write(writer, element));
        writer.endArray();
      }
      case Json.Str(String text) -> writer.value(text);
      case Json.Num(BigDecimal number) -> writer.rawValue(digits(number));
      case Json.Bool(boolean bool) -> writer.value(bool);
      case Json.Null() -> writer.nullValue();
    }
  }

  /** Without an exponent where that stays short: Go reads no exponent into an integer. */
  private static String digits(BigDecimal number) {
    return Math.abs((long) number.precision() - number.scale()) < 32
            && Math.abs(number.scale()) < 32
        ? number.toPlainString()
        : number.toString();
  }
}
