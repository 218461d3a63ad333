package dev.gantry.cri.json;

import com.google.protobuf.CodedOutputStream;
import dev.gantry.cri.json.Schema.Field;
import dev.gantry.cri.json.Schema.MessageType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns a tree into a message's wire form, refusing whatever is not of the message's type. */
final class WireWriter {
  /** As deep as protobuf's own parsers go; it also ends trees that contain themselves. */
  private static final int MAX_DEPTH = 100;

  private final Schema schema;
  private int depth;

  WireWriter(Schema schema) {
    this.schema = schema;
  }

  byte[] write(MessageType type, @Nullable Object tree, String path) {
    if (!(tree instanceof Map<?, ?> members)) {
      throw new ProtoJsonException(path, "expected an object, got " + Scalars.shown(tree));
    }
    if (++depth > MAX_DEPTH) {
      throw new ProtoJsonException(path, "nested more than " + MAX_DEPTH + " levels deep");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    Set<Field> seen = new HashSet<>();
    try {
      for (Map.Entry<?, ?> member : members.entrySet()) {
        String name = String.valueOf(member.getKey());
        Field field = type.byName().get(name);
        String at = path.isEmpty() ? name : path + "." + name;
        if (field == null) {
          throw new ProtoJsonException(at, "unknown field of " + type.name());
        }
        if (!seen.add(field)) {
          throw new ProtoJsonException(at, "given twice, as " + names(field));
        }
        if (member.getValue() != null) { // null means not set
          field(field, member.getValue(), at, out);
        }
      }
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    depth--;
    return bytes.toByteArray();
  }

  private static String names(Field field) {
    return field.jsonName() + " and " + field.name();
  }

  private void field(Field field, Object value, String path, CodedOutputStream out)
      throws IOException {
    MessageType entry = schema.mapEntry(field);
    if (entry != null) {
      map(field, entry, value, path, out);
    } else if (!field.repeated()) {
      single(field, value, path, out);
    } else if (value instanceof List<?> elements) {
      int index = 0;
      for (Object element : elements) {
        single(field, element, path + "[" + index++ + "]", out);
      }
    } else {
      throw new ProtoJsonException(path, "expected a list, got " + Scalars.shown(value));
    }
  }

  private void map(Field field, MessageType entry, Object value, String path, CodedOutputStream out)
      throws IOException {
    if (!(value instanceof Map<?, ?> pairs)) {
      throw new ProtoJsonException(path, "expected an object, got " + Scalars.shown(value));
    }
    Field key = entry.fields().getFirst();
    Field mapped = entry.fields().getLast();
    Set<String> seen = new HashSet<>();
    for (Map.Entry<?, ?> pair : pairs.entrySet()) {
      // YAML knows keys that are no strings; in JSON every key is one.
      String name = String.valueOf(pair.getKey());
      String at = path + "[\"" + name + "\"]";
      if (!seen.add(name)) {
        throw new ProtoJsonException(at, "given twice");
      }
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      CodedOutputStream inner = CodedOutputStream.newInstance(bytes);
      single(key, name, at, inner);
      single(mapped, pair.getValue(), at, inner);
      inner.flush();
      out.writeByteArray(field.number(), bytes.toByteArray());
    }
  }

  private void single(Field field, @Nullable Object value, String path, CodedOutputStream out)
      throws IOException {
    int n = field.number();
    switch (field.type()) {
      case TYPE_DOUBLE -> out.writeDouble(n, Scalars.floating(value, path));
      case TYPE_FLOAT -> out.writeFloat(n, (float) Scalars.floating(value, path));
      case TYPE_INT64 -> out.writeInt64(n, Scalars.signed(value, 64, path));
      case TYPE_SINT64 -> out.writeSInt64(n, Scalars.signed(value, 64, path));
      case TYPE_SFIXED64 -> out.writeSFixed64(n, Scalars.signed(value, 64, path));
      case TYPE_UINT64 -> out.writeUInt64(n, Scalars.unsigned(value, 64, path));
      case TYPE_FIXED64 -> out.writeFixed64(n, Scalars.unsigned(value, 64, path));
      case TYPE_INT32 -> out.writeInt32(n, (int) Scalars.signed(value, 32, path));
      case TYPE_SINT32 -> out.writeSInt32(n, (int) Scalars.signed(value, 32, path));
      case TYPE_SFIXED32 -> out.writeSFixed32(n, (int) Scalars.signed(value, 32, path));
      case TYPE_UINT32 -> out.writeUInt32(n, (int) Scalars.unsigned(value, 32, path));
      case TYPE_FIXED32 -> out.writeFixed32(n, (int) Scalars.unsigned(value, 32, path));
      case TYPE_BOOL -> out.writeBool(n, Scalars.bool(value, path));
      case TYPE_STRING -> out.writeString(n, Scalars.string(value, path));
      case TYPE_BYTES -> out.writeByteArray(n, Scalars.bytes(value, path));
      case TYPE_ENUM -> out.writeEnum(n, enumNumber(field, value, path));
      case TYPE_MESSAGE -> out.writeByteArray(n, message(field, value, path));
      case TYPE_GROUP -> throw new IllegalStateException(path + ": proto3 has no groups");
    }
  }

  private byte[] message(Field field, @Nullable Object value, String path) {
    return write(schema.message(field.typeName()), value, path);
  }

  private int enumNumber(Field field, @Nullable Object value, String path) {
    Schema.EnumType type = schema.enumType(field.typeName());
    if (value instanceof String name) {
      Integer number = type.byName().get(name);
      if (number == null) {
        throw new ProtoJsonException(
            path, Scalars.shown(name) + " is none of " + String.join(", ", type.byName().keySet()));
      }
      return number;
    }
    return (int) Scalars.signed(value, 32, path);
  }
}
