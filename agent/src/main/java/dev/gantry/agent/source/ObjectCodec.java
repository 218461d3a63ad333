package dev.gantry.agent.source;

import dev.gantry.agent.api.Bytes;
import dev.gantry.agent.api.ConfigMap;
import dev.gantry.agent.api.Deployment;
import dev.gantry.agent.api.IntOrString;
import dev.gantry.agent.api.Json;
import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.Quantity;
import dev.gantry.agent.api.RuntimeClass;
import dev.gantry.agent.api.Secret;
import dev.gantry.agent.api.Shape;
import dev.gantry.cri.json.ProtoJson;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Objects as the JSON that {@link Json} wrote, on disk and between the command line and the node.
 * What people write is read by {@code agent.manifest}; this reads only what came from there.
 */
public final class ObjectCodec {
  private ObjectCodec() {}

  /** The JSON of an object. */
  public static byte[] write(KubeObject object) {
    return Json.write(object).getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads an object back.
   *
   * @throws IllegalArgumentException when it is none
   */
  public static KubeObject read(String json) {
    return object(ProtoJson.parseTree(json));
  }

  /** Reads a list of objects back. */
  public static List<KubeObject> readAll(String json) {
    if (!(ProtoJson.parseTree(json) instanceof List<?> all)) {
      throw new IllegalArgumentException("not a list of objects");
    }
    return all.stream().map(ObjectCodec::object).toList();
  }

  private static KubeObject object(@Nullable Object tree) {
    if (!(tree instanceof Map<?, ?> map)) {
      throw new IllegalArgumentException("not an object");
    }
    Class<? extends KubeObject> type =
        switch (String.valueOf(map.get("kind"))) {
          case "Pod" -> Pod.class;
          case "ConfigMap" -> ConfigMap.class;
          case "Secret" -> Secret.class;
          case "RuntimeClass" -> RuntimeClass.class;
          case "Deployment" -> Deployment.class;
          default -> throw new IllegalArgumentException("unknown kind " + map.get("kind"));
        };
    return type.cast(record(type, map));
  }

  /** Reads one of the records of {@code agent.api}. */
  public static <T> T record(Class<T> type, String json) {
    if (!(ProtoJson.parseTree(json) instanceof Map<?, ?> map)) {
      throw new IllegalArgumentException("not an object");
    }
    return type.cast(record(type, map));
  }

  private static Object record(Class<?> type, Map<?, ?> map) {
    Shape shape = Shape.of(type);
    @Nullable Object[] values =
        shape.fields().stream()
            .map(field ->
                field.inline()
                    ? record(field.raw(), map)
                    : map.get(field.name()) == null
                        ? (field.nullable() ? null : field.whenAbsent())
                        : value(field.type(), Objects.requireNonNull(map.get(field.name()))))
            .toArray();
    return shape.create(values);
  }

  private static Object value(Type type, Object tree) {
    Class<?> raw = Shape.raw(type);
    if (raw == List.class && tree instanceof List<?> list) {
      return list.stream().map(e -> value(Shape.element(type), Objects.requireNonNull(e))).toList();
    }
    if (raw == Map.class && tree instanceof Map<?, ?> map) {
      Map<String, Object> values = new LinkedHashMap<>();
      map.forEach((key, v) ->
          values.put((String) key, value(Shape.element(type), Objects.requireNonNull(v))));
      return values;
    }
    if (raw.isRecord() && tree instanceof Map<?, ?> map) {
      return record(raw, map);
    }
    return scalar(raw, tree);
  }

  private static Object scalar(Class<?> raw, Object tree) {
    if (raw.isEnum()) {
      for (Object constant : raw.getEnumConstants()) {
        if (constant.toString().equals(tree)) {
          return constant;
        }
      }
      throw new IllegalArgumentException(tree + " is no " + raw.getSimpleName());
    }
    return switch (raw.getSimpleName()) {
      case "int", "Integer" -> Math.toIntExact(number(tree));
      case "long", "Long" -> number(tree);
      case "boolean", "Boolean" -> Boolean.valueOf(tree.toString());
      case "Instant" -> Instant.parse(tree.toString());
      case "Quantity" -> Quantity.parse(tree.toString());
      case "Bytes" -> new Bytes(tree.toString());
      case "IntOrString" ->
          tree instanceof Number
              ? IntOrString.of(Math.toIntExact(number(tree)))
              : IntOrString.of(tree.toString());
      default -> tree.toString();
    };
  }

  private static long number(Object tree) {
    return new java.math.BigDecimal(tree.toString()).longValueExact();
  }
}
