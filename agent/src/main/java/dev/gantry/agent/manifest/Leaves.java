package dev.gantry.agent.manifest;

import dev.gantry.agent.api.Bytes;
import dev.gantry.agent.api.IntOrString;
import dev.gantry.agent.api.Quantity;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Values that have no fields: texts, numbers, quantities, times. */
final class Leaves {
  private static final Set<Class<?>> RECORDS = Set.of(Bytes.class, IntOrString.class);
  private static final int MAX_SHOWN = 80;

  private Leaves() {}

  /** Whether the record is written as one word. */
  static boolean isLeaf(Class<?> type) {
    return RECORDS.contains(type);
  }

  /** The name that a key is; a key that YAML takes for true or false is that word. */
  static String key(ScalarNode key) {
    return isPlain(key) && Scalars.resolve(key.getValue()) instanceof Boolean bool
        ? bool.toString()
        : key.getValue();
  }

  static boolean isPlain(ScalarNode scalar) {
    return scalar.getScalarStyle() == ScalarStyle.PLAIN
        && !scalar.getTag().getValue().equals("!")
        && !isTaggedText(scalar);
  }

  /** {@code !!str 123} is a text; an unquoted word that is one by itself does not matter here. */
  private static boolean isTaggedText(ScalarNode scalar) {
    return scalar.getTag().getValue().equals("tag:yaml.org,2002:str")
        && !(Scalars.resolve(scalar.getValue()) instanceof String)
        && !isOldForm(scalar.getValue());
  }

  /** What YAML 1.2 takes for a text and YAML 1.1 does not, so that the tag tells nothing. */
  private static boolean isOldForm(String text) {
    return !text.isEmpty()
        && !text.matches("true|True|TRUE|false|False|FALSE|null|Null|NULL|~|-?(0|[1-9][0-9]*)");
  }

  /**
   * Reads a value.
   *
   * @throws IllegalArgumentException saying what it has to be
   */
  static Object read(Node node, Class<?> type) {
    if (!(node instanceof ScalarNode scalar)) {
      throw new IllegalArgumentException(
          "must be " + name(type) + ", but is " + Decoder.describe(node));
    }
    Object value = isPlain(scalar) ? Scalars.resolve(scalar.getValue()) : scalar.getValue();
    if (value == null) {
      throw new IllegalArgumentException("must be " + name(type) + ", but is empty");
    }
    if (type.isEnum()) {
      return constant(type, text(value, scalar));
    }
    return switch (type.getName()) {
      case "java.lang.String" -> text(value, scalar);
      case "boolean", "java.lang.Boolean" -> bool(value, scalar);
      case "int", "java.lang.Integer" ->
          (int) whole(value, scalar, Integer.MIN_VALUE, Integer.MAX_VALUE);
      case "long", "java.lang.Long" -> whole(value, scalar, Long.MIN_VALUE, Long.MAX_VALUE);
      default -> special(value, scalar, type);
    };
  }

  private static Object special(Object value, ScalarNode scalar, Class<?> type) {
    if (type == Quantity.class) {
      return Quantity.parse(
          value instanceof BigDecimal number
              ? number.toPlainString()
              : text(value, scalar).strip());
    }
    if (type == IntOrString.class) {
      return value instanceof BigDecimal
          ? IntOrString.of((int) whole(value, scalar, Integer.MIN_VALUE, Integer.MAX_VALUE))
          : IntOrString.of(text(value, scalar));
    }
    if (type == Bytes.class) {
      return bytes(text(value, scalar));
    }
    if (type == Instant.class) {
      return time(text(value, scalar));
    }
    throw new IllegalStateException("no reader for " + type);
  }

  private static String text(Object value, ScalarNode scalar) {
    if (value instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException(
        "must be a string, but is "
            + describe(scalar)
            + ": put it in quotes, \""
            + scalar.getValue()
            + "\"");
  }

  private static Boolean bool(Object value, ScalarNode scalar) {
    if (value instanceof Boolean bool) {
      return bool;
    }
    throw new IllegalArgumentException(
        "must be true or false, but is "
            + describe(scalar)
            + (isPlain(scalar) ? "" : ": remove the quotes"));
  }

  private static long whole(Object value, ScalarNode scalar, long min, long max) {
    if (!(value instanceof BigDecimal number)) {
      throw new IllegalArgumentException(
          "must be a whole number, but is "
              + describe(scalar)
              + (isPlain(scalar) ? "" : ": remove the quotes"));
    }
    if (number.stripTrailingZeros().scale() > 0
        || number.compareTo(BigDecimal.valueOf(min)) < 0
        || number.compareTo(BigDecimal.valueOf(max)) > 0) {
      throw new IllegalArgumentException(
          "must be a whole number from " + min + " to " + max + ", but is " + scalar.getValue());
    }
    return number.longValueExact();
  }

  private static Object constant(Class<?> type, String text) {
    for (Object constant : type.getEnumConstants()) {
      if (constant.toString().equals(text)) {
        return constant;
      }
    }
    throw new IllegalArgumentException(
        "Unsupported value: \""
            + shortened(text)
            + "\": supported values: "
            + Arrays.stream(type.getEnumConstants())
                .map(constant -> "\"" + constant + "\"")
                .collect(Collectors.joining(", ")));
  }

  private static Bytes bytes(String text) {
    try {
      return new Bytes(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "must be base64: write plain text below \"stringData\" of a Secret or \"data\" of a"
              + " ConfigMap",
          e);
    }
  }

  private static Instant time(String text) {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "must be a time as 2026-01-31T08:00:00Z, but is \"" + shortened(text) + "\"", e);
    }
  }

  static String describe(ScalarNode scalar) {
    Object value = isPlain(scalar) ? Scalars.resolve(scalar.getValue()) : scalar.getValue();
    String shown = shortened(scalar.getValue());
    return switch (value) {
      case null -> "empty";
      case Boolean bool -> "the truth value " + shown;
      case BigDecimal number -> "the number " + shown;
      default -> "the text \"" + shown + "\"";
    };
  }

  private static String shortened(String text) {
    return text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "…" : text;
  }

  private static String name(Class<?> type) {
    return switch (type.getSimpleName()) {
      case "int", "Integer", "long", "Long" -> "a whole number";
      case "boolean", "Boolean" -> "true or false";
      case "Quantity" -> "a quantity";
      case "IntOrString" -> "a number or a name";
      case "Instant" -> "a time";
      default -> "a string";
    };
  }
}
