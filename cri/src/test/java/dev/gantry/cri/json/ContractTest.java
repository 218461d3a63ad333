package dev.gantry.cri.json;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import dev.gantry.cri.json.Schema.Field;
import dev.gantry.cri.json.Schema.MessageType;
import dev.gantry.cri.v1.ImageServiceGrpc;
import dev.gantry.cri.v1.RuntimeServiceGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServiceDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Holds what protoc compiled against contract.json, the wire's facts as data. */
class ContractTest {
  private static final String PACKAGE = "runtime.v1.";

  private final Map<String, Object> contract = contract();

  @Test
  void messagesAndFieldsAreThoseOfTheContract() {
    Map<String, List<String>> wanted = new TreeMap<>();
    map(contract.get("messages"))
        .forEach((name, message) -> wanted.put(name, wantedFields(map(message))));
    Map<String, List<String>> made = new TreeMap<>();
    for (MessageType type : Schema.get().messages().values()) {
      if (type.name().startsWith(PACKAGE) && !type.mapEntry()) {
        made.put(local(type.name()), type.fields().stream().map(ContractTest::shown).toList());
      }
    }
    assertThat(made).hasSize(175).isEqualTo(wanted);
  }

  @Test
  void deprecatedFieldsAreThoseOfTheContract() throws IOException {
    List<String> wanted = new ArrayList<>();
    map(contract.get("messages"))
        .forEach((name, message) -> {
          for (Object field : list(map(message).get("fields"))) {
            if (map(field).containsKey("deprecated")) {
              wanted.add(name + "." + map(field).get("name"));
            }
          }
        });
    List<String> made = new ArrayList<>();
    try (InputStream in = resource("types.binpb")) {
      FileDescriptorSet.parseFrom(in).getFileList().stream()
          .flatMap(file -> file.getMessageTypeList().stream())
          .forEach(message ->
              message.getFieldList().stream()
                  .filter(field -> field.getOptions().getDeprecated())
                  .forEach(field -> made.add(message.getName() + "." + field.getName())));
    }
    assertThat(made).hasSize(3).containsExactlyInAnyOrderElementsOf(wanted);
  }

  @Test
  void enumsAreThoseOfTheContract() {
    Map<String, Map<String, Integer>> wanted = new TreeMap<>();
    map(contract.get("enums")).forEach((name, values) -> wanted.put(name, numbers(values)));
    map(contract.get("messages"))
        .forEach((message, data) -> {
          Object nested = map(data).getOrDefault("enums", Map.of());
          map(nested).forEach((n, values) -> wanted.put(message + "." + n, numbers(values)));
        });
    Map<String, Map<String, Integer>> made = new TreeMap<>();
    for (Schema.EnumType type : Schema.get().enums().values()) {
      if (type.name().startsWith(PACKAGE)) {
        made.put(local(type.name()), type.byName());
      }
    }
    assertThat(made).hasSize(11).isEqualTo(wanted);
  }

  @Test
  void servicesAreThoseOfTheContract() {
    Map<String, List<String>> wanted = new TreeMap<>();
    map(contract.get("services"))
        .forEach((name, methods) ->
            wanted.put(
                PACKAGE + name,
                list(methods).stream().map(m -> wantedMethod(map(m))).sorted().toList()));
    Map<String, List<String>> made = new TreeMap<>();
    for (ServiceDescriptor service :
        List.of(
            RuntimeServiceGrpc.getServiceDescriptor(), ImageServiceGrpc.getServiceDescriptor())) {
      made.put(
          service.getName(),
          service.getMethods().stream().map(ContractTest::shown).sorted().toList());
    }
    assertThat(made).isEqualTo(wanted);
    assertThat(made.values().stream().mapToInt(List::size).sum()).isEqualTo(43);
  }

  @Test
  void stubsAreGeneratedFromTheSameDescriptors() throws ReflectiveOperationException {
    for (MessageType type : Schema.get().messages().values()) {
      if (!type.name().startsWith(PACKAGE) || type.mapEntry()) {
        continue;
      }
      Class<?> stub = Class.forName("dev.gantry.cri.v1." + local(type.name()));
      for (Field field : type.fields()) {
        String constant = constantName(field.name()) + "_FIELD_NUMBER";
        assertThat(stub.getField(constant).getInt(null)).as(constant).isEqualTo(field.number());
      }
    }
  }

  /** {@code host_path} becomes HOST_PATH, and {@code uidMappings} UIDMAPPINGS. */
  private static String constantName(String name) {
    return name.toUpperCase(Locale.ROOT);
  }

  private static List<String> wantedFields(Map<String, Object> message) {
    List<String> fields = new ArrayList<>();
    for (Object data : list(message.get("fields"))) {
      Map<String, Object> field = map(data);
      String label = field.containsKey("label") ? field.get("label") + " " : "";
      String secret = field.containsKey("debug_redact") ? " secret" : "";
      fields.add(
          "%s%s %s = %s%s"
              .formatted(label, field.get("type"), field.get("name"), field.get("number"), secret));
    }
    return fields;
  }

  private static String shown(Field field) {
    MessageType entry = Schema.get().mapEntry(field);
    String type =
        entry == null
            ? (field.repeated() ? "repeated " : "") + typeName(field)
            : "map<%s,%s>"
                .formatted(typeName(entry.fields().getFirst()), typeName(entry.fields().getLast()));
    return "%s %s = %d%s"
        .formatted(type, field.name(), field.number(), field.secret() ? " secret" : "");
  }

  private static String typeName(Field field) {
    if (field.type() == FieldDescriptorProto.Type.TYPE_MESSAGE
        || field.type() == FieldDescriptorProto.Type.TYPE_ENUM) {
      return field.typeName().substring(field.typeName().lastIndexOf('.') + 1);
    }
    return field.type().name().substring("TYPE_".length()).toLowerCase(Locale.ROOT);
  }

  private static String wantedMethod(Map<String, Object> method) {
    String streams =
        (method.containsKey("client_stream") ? "CLIENT" : "")
            + (method.containsKey("server_stream") ? "SERVER" : "");
    return "%s(%s) %s%s"
        .formatted(method.get("name"), method.get("request"), streams, method.get("response"));
  }

  private static String shown(MethodDescriptor<?, ?> method) {
    String streams =
        switch (method.getType()) {
          case UNARY -> "";
          case SERVER_STREAMING -> "SERVER";
          case CLIENT_STREAMING -> "CLIENT";
          case BIDI_STREAMING, UNKNOWN -> "CLIENTSERVER";
        };
    return "%s(%s) %s%s"
        .formatted(
            method.getBareMethodName(),
            prototype(method.getRequestMarshaller()),
            streams,
            prototype(method.getResponseMarshaller()));
  }

  private static String prototype(MethodDescriptor.Marshaller<?> marshaller) {
    return requireNonNull(((PrototypeMarshaller<?>) marshaller).getMessagePrototype())
        .getClass()
        .getSimpleName();
  }

  private static String local(String name) {
    return name.substring(PACKAGE.length());
  }

  private static Map<String, Integer> numbers(Object values) {
    return map(values).entrySet().stream()
        .collect(toMap(Map.Entry::getKey, e -> ((Number) e.getValue()).intValue()));
  }

  @SuppressWarnings("unchecked") // JSON objects have names for keys, and this file has no nulls.
  private static Map<String, Object> map(@Nullable Object tree) {
    return (Map<String, Object>) requireNonNull(tree);
  }

  @SuppressWarnings("unchecked") // As above.
  private static List<Object> list(@Nullable Object tree) {
    return (List<Object>) requireNonNull(tree);
  }

  private static InputStream resource(String name) {
    return requireNonNull(ContractTest.class.getResourceAsStream(name));
  }

  private static Map<String, Object> contract() {
    try (InputStream in = resource("/contract.json")) {
      return map(JsonText.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
