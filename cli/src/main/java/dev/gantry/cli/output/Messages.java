package dev.gantry.cli.output;

import com.google.protobuf.MessageLite;
import dev.gantry.cri.json.PrintOptions;
import dev.gantry.cri.json.ProtoJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** CRI messages as JSON and YAML: protobuf's JSON mapping with default values spelled out. */
public final class Messages {
  private Messages() {}

  /** A message as a tree; messages within it that are not set are left out, as crictl does. */
  public static Map<String, @Nullable Object> tree(MessageLite message) {
    return withoutNulls(ProtoJson.toTree(message, PrintOptions.FULL));
  }

  private static Map<String, @Nullable Object> withoutNulls(Map<?, ?> map) {
    Map<String, @Nullable Object> result = new LinkedHashMap<>();
    map.forEach((key, value) -> {
      if (value != null) {
        result.put(String.valueOf(key), cleaned(value));
      }
    });
    return result;
  }

  private static Object cleaned(Object value) {
    return switch (value) {
      case Map<?, ?> map -> withoutNulls(map);
      case List<?> list -> list.stream().map(Messages::cleaned).toList();
      default -> value;
    };
  }

  /** A message as text in {@code format}, which is JSON or YAML; without a final line break. */
  public static String text(OutputFormat format, MessageLite message) {
    return treeText(format, tree(message));
  }

  /** A tree as text in {@code format}, which is JSON or YAML; without a final line break. */
  public static String treeText(OutputFormat format, @Nullable Object tree) {
    return format == OutputFormat.YAML
        ? Yaml.print(sorted(tree)).stripTrailing()
        : ProtoJson.printTree(tree, true).stripTrailing();
  }

  /** A tree with the keys of its maps in alphabetical order, as crictl prints them. */
  public static @Nullable Object sorted(@Nullable Object tree) {
    return switch (tree) {
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> result = new TreeMap<>();
        map.forEach((key, value) -> result.put(String.valueOf(key), sorted(value)));
        yield result;
      }
      case List<?> list -> {
        List<@Nullable Object> result = new ArrayList<>();
        list.forEach(element -> result.add(sorted(element)));
        yield result;
      }
      case null, default -> tree;
    };
  }
}
