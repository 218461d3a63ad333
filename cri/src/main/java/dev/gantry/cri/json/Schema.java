package dev.gantry.cri.json;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The message and enum types of this module's .proto texts, as protoc describes them. */
final class Schema {
  private static final String RESOURCE = "types.binpb";

  /** Loads the descriptor set when it is first asked for. */
  private static final class Holder {
    static final Schema SCHEMA = load();
  }

  /**
   * A message type.
   *
   * @param name in full, such as {@code runtime.v1.Mount}
   * @param fields in the order of the text
   * @param mapEntry whether protoc made it up for a map field: its fields are key and value
   */
  record MessageType(
      String name,
      List<Field> fields,
      Map<Integer, Field> byNumber,
      Map<String, Field> byName,
      boolean mapEntry) {}

  /**
   * A field.
   *
   * @param typeName the full name of its message or enum type, else empty
   * @param secret whether it is marked {@code debug_redact}
   */
  record Field(
      String name,
      String jsonName,
      int number,
      FieldDescriptorProto.Type type,
      boolean repeated,
      String typeName,
      boolean secret) {}

  /** An enum type, both ways; where two names share a number the first one is printed. */
  record EnumType(String name, Map<String, Integer> byName, Map<Integer, String> byNumber) {}

  private final Map<String, MessageType> messages = new LinkedHashMap<>();
  private final Map<String, EnumType> enums = new LinkedHashMap<>();
  private final Map<String, String> byClass = new HashMap<>();

  private Schema(FileDescriptorSet files) {
    for (FileDescriptorProto file : files.getFileList()) {
      String javaPackage = file.getOptions().getJavaPackage();
      file.getEnumTypeList().forEach(e -> addEnum(e, file.getPackage()));
      file.getMessageTypeList().forEach(m -> addMessage(m, file.getPackage(), javaPackage + "."));
    }
  }

  static Schema get() {
    return Holder.SCHEMA;
  }

  private static Schema load() {
    try (InputStream in = Schema.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is missing from the jar of the cri module");
      }
      return new Schema(FileDescriptorSet.parseFrom(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Map<String, MessageType> messages() {
    return messages;
  }

  Map<String, EnumType> enums() {
    return enums;
  }

  MessageType typeOf(MessageLite message) {
    String name = byClass.get(message.getClass().getName());
    if (name == null) {
      throw new IllegalArgumentException(message.getClass() + " is no message of the cri module");
    }
    return message(name);
  }

  MessageType message(String name) {
    return found(messages.get(name), name);
  }

  EnumType enumType(String name) {
    return found(enums.get(name), name);
  }

  /** Returns the entry type of a map field, null for any other field. */
  @Nullable MessageType mapEntry(Field field) {
    if (!field.repeated() || field.type() != FieldDescriptorProto.Type.TYPE_MESSAGE) {
      return null;
    }
    MessageType type = message(field.typeName());
    return type.mapEntry() ? type : null;
  }

  private static <T> T found(@Nullable T type, String name) {
    if (type == null) {
      throw new IllegalStateException("no type " + name + " in " + RESOURCE);
    }
    return type;
  }

  private void addMessage(DescriptorProto message, String scope, String classPrefix) {
    String name = scope + "." + message.getName();
    String className = classPrefix + message.getName();
    List<Field> fields = new ArrayList<>();
    Map<Integer, Field> byNumber = new HashMap<>();
    Map<String, Field> byName = new HashMap<>();
    for (FieldDescriptorProto f : message.getFieldList()) {
      Field field = field(f);
      fields.add(field);
      byNumber.put(field.number(), field);
      byName.put(field.name(), field);
      byName.put(field.jsonName(), field);
    }
    boolean mapEntry = message.getOptions().getMapEntry();
    messages.put(name, new MessageType(name, fields, byNumber, byName, mapEntry));
    byClass.put(className, name);
    message.getEnumTypeList().forEach(e -> addEnum(e, name));
    message.getNestedTypeList().forEach(m -> addMessage(m, name, className + "$"));
  }

  private static Field field(FieldDescriptorProto f) {
    return new Field(
        f.getName(),
        f.getJsonName(),
        f.getNumber(),
        f.getType(),
        f.getLabel() == FieldDescriptorProto.Label.LABEL_REPEATED,
        f.getTypeName().startsWith(".") ? f.getTypeName().substring(1) : f.getTypeName(),
        f.getOptions().getDebugRedact());
  }

  private void addEnum(EnumDescriptorProto type, String scope) {
    Map<String, Integer> byName = new LinkedHashMap<>();
    Map<Integer, String> byNumber = new HashMap<>();
    type.getValueList()
        .forEach(v -> {
          byName.put(v.getName(), v.getNumber());
          byNumber.putIfAbsent(v.getNumber(), v.getName());
        });
    String name = scope + "." + type.getName();
    enums.put(name, new EnumType(name, byName, byNumber));
  }
}
