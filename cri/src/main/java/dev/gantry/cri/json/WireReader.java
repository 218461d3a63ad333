package dev.gantry.cri.json;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.WireFormat;
import dev.gantry.cri.json.Schema.Field;
import dev.gantry.cri.json.Schema.MessageType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Turns a message's wire form into a tree. Fields that the descriptors don't know are left out. */
final class WireReader {
  private static final String REDACTED = "<redacted>";

  private final Schema schema;
  private final PrintOptions options;

  WireReader(Schema schema, PrintOptions options) {
    this.schema = schema;
    this.options = options;
  }

  Map<String, @Nullable Object> read(MessageType type, ByteString wire, String what) {
    Map<Integer, List<Object>> values;
    try {
      values = values(type, wire.newCodedInput());
    } catch (IOException e) {
      throw new ProtoJsonException(what, "not the wire form of " + type.name());
    }
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    for (Field field : type.fields()) {
      List<Object> found = values.getOrDefault(field.number(), List.of());
      if (!found.isEmpty()) {
        boolean hidden = field.secret() && options.redacted();
        tree.put(field.jsonName(), hidden ? REDACTED : value(field, found));
      } else if (options.defaults() || type.mapEntry()) {
        tree.put(field.jsonName(), absent(field));
      }
    }
    return tree;
  }

  /** Collects what the wire has for each field; a message stays in its wire form for now. */
  private Map<Integer, List<Object>> values(MessageType type, CodedInputStream in)
      throws IOException {
    Map<Integer, List<Object>> values = new HashMap<>();
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      Field field = type.byNumber().get(WireFormat.getTagFieldNumber(tag));
      if (field == null) {
        in.skipField(tag);
        continue;
      }
      List<Object> found = values.computeIfAbsent(field.number(), n -> new ArrayList<>());
      boolean delimited = WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
      if (delimited && packable(field.type())) {
        int limit = in.pushLimit(in.readRawVarint32());
        while (in.getBytesUntilLimit() > 0) {
          found.add(scalar(field, in));
        }
        in.popLimit(limit);
      } else {
        found.add(scalar(field, in));
      }
    }
    return values;
  }

  private static boolean packable(FieldDescriptorProto.Type type) {
    return type != FieldDescriptorProto.Type.TYPE_STRING
        && type != FieldDescriptorProto.Type.TYPE_BYTES
        && type != FieldDescriptorProto.Type.TYPE_MESSAGE;
  }

  private Object value(Field field, List<Object> found) {
    MessageType entry = schema.mapEntry(field);
    if (entry != null) {
      Map<String, @Nullable Object> map = new TreeMap<>();
      for (Object wire : found) {
        Map<String, @Nullable Object> pair = read(entry, (ByteString) wire, field.name());
        map.put(String.valueOf(pair.get("key")), pair.get("value"));
      }
      return map;
    }
    if (field.type() != FieldDescriptorProto.Type.TYPE_MESSAGE) {
      return field.repeated() ? found : found.getLast();
    }
    MessageType type = schema.message(field.typeName());
    if (field.repeated()) {
      return found.stream().map(wire -> read(type, (ByteString) wire, field.name())).toList();
    }
    // Parts of one message on the wire are merged, which is what reading them as one does.
    ByteString whole = ByteString.EMPTY;
    for (Object wire : found) {
      whole = whole.concat((ByteString) wire);
    }
    return read(type, whole, field.name());
  }

  private @Nullable Object absent(Field field) {
    if (field.repeated()) {
      return schema.mapEntry(field) != null ? Map.of() : List.of();
    }
    return switch (field.type()) {
      case TYPE_MESSAGE, TYPE_GROUP -> null;
      case TYPE_STRING, TYPE_BYTES -> "";
      case TYPE_BOOL -> false;
      case TYPE_ENUM -> enumName(field, 0);
      case TYPE_FLOAT, TYPE_DOUBLE -> 0;
      case TYPE_INT64, TYPE_UINT64, TYPE_SINT64, TYPE_FIXED64, TYPE_SFIXED64 -> "0";
      case TYPE_INT32, TYPE_UINT32, TYPE_SINT32, TYPE_FIXED32, TYPE_SFIXED32 -> 0;
    };
  }

  private Object scalar(Field field, CodedInputStream in) throws IOException {
    return switch (field.type()) {
      case TYPE_DOUBLE -> floating(in.readDouble());
      case TYPE_FLOAT -> floating(Double.parseDouble(Float.toString(in.readFloat())));
      case TYPE_INT64 -> Long.toString(in.readInt64());
      case TYPE_SINT64 -> Long.toString(in.readSInt64());
      case TYPE_SFIXED64 -> Long.toString(in.readSFixed64());
      case TYPE_UINT64 -> Long.toUnsignedString(in.readUInt64());
      case TYPE_FIXED64 -> Long.toUnsignedString(in.readFixed64());
      case TYPE_INT32 -> in.readInt32();
      case TYPE_SINT32 -> in.readSInt32();
      case TYPE_SFIXED32 -> in.readSFixed32();
      case TYPE_UINT32 -> Integer.toUnsignedLong(in.readUInt32());
      case TYPE_FIXED32 -> Integer.toUnsignedLong(in.readFixed32());
      case TYPE_BOOL -> in.readBool();
      case TYPE_STRING -> in.readStringRequireUtf8();
      case TYPE_BYTES -> Base64.getEncoder().encodeToString(in.readByteArray());
      case TYPE_ENUM -> enumName(field, in.readEnum());
      case TYPE_MESSAGE -> in.readBytes();
      case TYPE_GROUP -> throw new IOException("groups are not part of proto3");
    };
  }

  private Object enumName(Field field, int number) {
    String name = schema.enumType(field.typeName()).byNumber().get(number);
    return name == null ? number : name;
  }

  private static Object floating(double value) {
    return Double.isFinite(value) ? (Object) value : Double.toString(value);
  }
}
