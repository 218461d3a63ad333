package dev.gantry.cri.json;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Messages of this module as JSON and back, by the rules of protobuf's JSON mapping: names in camel
 * case (snake case is read too), 64-bit integers as strings, enums by name, bytes in base64, maps
 * as objects with sorted keys. Unknown fields, duplicate ones and values of a wrong type are
 * refused with their path.
 *
 * <p>A tree is made of {@link Map}, {@link java.util.List}, {@link String}, {@link Number}, {@link
 * Boolean} and null, as YAML libraries make and take it.
 *
 * @see <a href="https://protobuf.dev/programming-guides/json/">ProtoJSON format</a>
 */
public final class ProtoJson {
  private static final int LOG_LIMIT = 4096;

  private ProtoJson() {}

  /** Prints a message as JSON. */
  public static String print(MessageLite message, PrintOptions options) {
    return JsonText.write(toTree(message, options), options.indented());
  }

  /** Prints a message for a log: one line without secrets, cut off after 4,096 characters. */
  public static String logText(MessageLite message) {
    String text = print(message, PrintOptions.LOG);
    return text.length() <= LOG_LIMIT ? text : text.substring(0, LOG_LIMIT) + "…";
  }

  /** Turns a message into a tree, its fields in the order of the contract. */
  public static Map<String, @Nullable Object> toTree(MessageLite message, PrintOptions options) {
    Schema schema = Schema.get();
    return new WireReader(schema, options)
        .read(schema.typeOf(message), message.toByteString(), message.getClass().getSimpleName());
  }

  /**
   * Reads a message from JSON.
   *
   * @param prototype any message of the wanted type, such as its default instance
   * @throws ProtoJsonException naming the place
   */
  public static <M extends MessageLite> M parse(String json, M prototype) {
    return fromTree(JsonText.parse(json), prototype);
  }

  /**
   * Reads a message from a tree.
   *
   * @param prototype any message of the wanted type, such as its default instance
   * @throws ProtoJsonException naming the field
   */
  @SuppressWarnings("unchecked") // A message's parser makes messages of its own type.
  public static <M extends MessageLite> M fromTree(@Nullable Object tree, M prototype) {
    Schema schema = Schema.get();
    byte[] wire = new WireWriter(schema).write(schema.typeOf(prototype), tree, "");
    try {
      return (M) prototype.getParserForType().parseFrom(wire);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(prototype.getClass() + " does not fit its descriptor", e);
    }
  }

  /** Prints a tree as JSON. */
  public static String printTree(@Nullable Object tree, boolean indented) {
    return JsonText.write(tree, indented);
  }

  /**
   * Reads any JSON text into a tree; numbers become {@link java.math.BigDecimal}.
   *
   * @throws ProtoJsonException with line and column
   */
  public static @Nullable Object parseTree(String json) {
    return JsonText.parse(json);
  }
}
