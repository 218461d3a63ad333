package dev.gantry.agent.manifest;

import dev.gantry.agent.api.Shape;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Makes records of YAML: strictly, with the place of whatever does not fit. */
final class Decoder {
  private static final int MAX_DEPTH = 64;

  /** Aliases can make a small file a huge object. */
  private static final int MAX_NODES = 500_000;

  /** What the API server itself sets, or keeps for itself, whatever a manifest says. */
  private static final Map<String, Set<String>> IGNORED =
      Map.of("ObjectMeta", Set.of("managedFields", "selfLink", "clusterName"));

  private final Report report;
  private final Set<String> ignoredAtTop;
  private int nodes;

  /**
   * @param ignoredAtTop fields of the object itself that are not read
   */
  Decoder(Report report, Set<String> ignoredAtTop) {
    this.report = report;
    this.ignoredAtTop = ignoredAtTop;
  }

  /** A record, null if it cannot be made. */
  @Nullable Object object(MappingNode node, Class<?> type) {
    return record(node, Shape.of(type), "", 0, List.of());
  }

  private @Nullable Object record(
      Node node, Shape shape, String path, int depth, List<Shape> around) {
    if (!(node instanceof MappingNode mapping)) {
      report.add(
          path, "must have fields, but is " + describe(node) + ": write NAME: VALUE below it");
      return null;
    }
    Map<String, NodeTuple> members = members(mapping, path, depth);
    List<Shape> inside = new ArrayList<>(around);
    inside.add(shape);
    @Nullable Object[] values = values(members, shape, path, depth, inside);
    Set<String> known = Names.of(shape);
    for (Map.Entry<String, NodeTuple> member : members.entrySet()) {
      if (!known.contains(member.getKey()) && !isIgnored(shape, path, member.getKey())) {
        unknown(member.getKey(), shape, path, around);
      }
    }
    return create(shape, values, path);
  }

  private boolean isIgnored(Shape shape, String path, String name) {
    return (path.isEmpty() && (ignoredAtTop.contains(name) || Names.TYPE_META.contains(name)))
        || IGNORED.getOrDefault(shape.type().getSimpleName(), Set.of()).contains(name);
  }

  private @Nullable Object create(Shape shape, @Nullable Object[] values, String path) {
    for (int i = 0; i < values.length; i++) {
      if (values[i] == null && !shape.fields().get(i).nullable()) {
        return null;
      }
    }
    try {
      return shape.create(values);
    } catch (IllegalArgumentException e) {
      report.add(path, String.valueOf(e.getMessage()));
      return null;
    }
  }

  private @Nullable Object[] values(
      Map<String, NodeTuple> members, Shape shape, String path, int depth, List<Shape> inside) {
    @Nullable Object[] values = new @Nullable Object[shape.fields().size()];
    for (int i = 0; i < values.length; i++) {
      Shape.Field field = shape.fields().get(i);
      if (field.inline()) {
        Shape own = Shape.of(field.raw());
        values[i] = create(own, values(members, own, path, depth, inside), path);
        continue;
      }
      NodeTuple member = members.get(field.name());
      boolean skipped = path.isEmpty() && ignoredAtTop.contains(field.name());
      if (member == null || skipped || isAbsent(field, member.getValueNode())) {
        if (!skipped && field.raw().isEnum() && !field.nullable() && field.absent() == null) {
          report.add(path.isEmpty() ? field.name() : path + "." + field.name(), "Required value");
          continue;
        }
        values[i] = field.whenAbsent();
      } else {
        String at = path.isEmpty() ? field.name() : path + "." + field.name();
        values[i] = value(member.getValueNode(), field.type(), at, depth + 1, inside);
        if (values[i] instanceof String text && text.isEmpty() && field.absent() != null) {
          values[i] = field.whenAbsent();
        }
      }
    }
    return values;
  }

  /** An empty constant is none, as the {@code type: ""} of host paths that a cluster prints. */
  private static boolean isAbsent(Shape.Field field, Node node) {
    return isNull(node)
        || (field.raw().isEnum()
            && node instanceof ScalarNode scalar
            && scalar.getValue().isEmpty());
  }

  private @Nullable Object value(Node node, Type type, String path, int depth, List<Shape> around) {
    if (depth > MAX_DEPTH || ++nodes > MAX_NODES) {
      throw new TooLargeException(path);
    }
    Class<?> raw = Shape.raw(type);
    if (raw == List.class) {
      return list(node, Shape.element(type), path, depth, around);
    }
    if (raw == Map.class) {
      return map(node, Shape.element(type), path, depth, around);
    }
    if (raw.isRecord() && !Leaves.isLeaf(raw)) {
      return record(node, Shape.of(raw), path, depth, around);
    }
    try {
      return Leaves.read(node, raw);
    } catch (IllegalArgumentException e) {
      report.add(path, String.valueOf(e.getMessage()));
      return null;
    }
  }

  private @Nullable Object list(
      Node node, Type element, String path, int depth, List<Shape> around) {
    if (!(node instanceof SequenceNode sequence)) {
      report.add(
          path, "must be a list, but is " + describe(node) + ": begin each element with \"- \"");
      return null;
    }
    List<Object> list = new ArrayList<>();
    int index = 0;
    for (Node one : sequence.getValue()) {
      String at = path + "[" + index++ + "]";
      note(at, one);
      if (isNull(one)) {
        report.add(at, "an element of a list cannot be empty: remove the dash or write a value");
        continue;
      }
      Object value = value(one, element, at, depth + 1, around);
      if (value != null) {
        list.add(value);
      }
    }
    return list;
  }

  private @Nullable Object map(
      Node node, Type element, String path, int depth, List<Shape> around) {
    if (!(node instanceof MappingNode mapping)) {
      report.add(path, "must be a map, but is " + describe(node) + ": write KEY: VALUE below it");
      return null;
    }
    Map<String, Object> map = new HashMap<>();
    members(mapping, path, depth)
        .forEach((key, member) -> {
          if (isNull(member.getValueNode())) {
            // Go reads null into a string as the empty one.
            if (element == String.class) {
              map.put(key, "");
            }
            return;
          }
          String at = path + "[" + key + "]";
          note(at, member.getKeyNode());
          Object value = value(member.getValueNode(), element, at, depth + 1, around);
          if (value != null) {
            map.put(key, value);
          }
        });
    return map;
  }

  /** The members by name, those of merged maps ({@code <<}) behind the map's own. */
  private Map<String, NodeTuple> members(MappingNode mapping, String path, int depth) {
    if (depth > MAX_DEPTH) {
      throw new TooLargeException(path);
    }
    Map<String, NodeTuple> members = new LinkedHashMap<>();
    List<Node> merged = new ArrayList<>();
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        report.add(path, "a key must be a word, not a list or a map");
        continue;
      }
      String name = Leaves.key(key);
      if (name.equals("<<") && Leaves.isPlain(key)) {
        merged.add(tuple.getValueNode());
        continue;
      }
      note(path.isEmpty() ? name : path + "." + name, key);
      if (members.putIfAbsent(name, tuple) != null) {
        report.add(
            path.isEmpty() ? name : path + "." + name, "stands here twice: remove one of them");
      }
    }
    for (Node one : merged) {
      List<Node> sources = one instanceof SequenceNode all ? all.getValue() : List.of(one);
      for (Node source : sources) {
        if (source instanceof MappingNode map) {
          members(map, path, depth + 1).forEach(members::putIfAbsent);
        } else {
          report.add(path, "only a map can be merged by <<");
        }
      }
    }
    return members;
  }

  private void unknown(String name, Shape shape, String path, List<Shape> around) {
    String at = path.isEmpty() ? name : path + "." + name;
    String remedy = shape.refused().get(name);
    if (remedy != null) {
      report.add(at, "is not supported on this node: " + remedy);
      return;
    }
    report.add(at, "unknown field: " + Names.advice(name, shape, around));
  }

  private void note(String path, Node node) {
    node.getStartMark().ifPresent(mark -> report.at(path, mark.getLine() + 1));
  }

  static boolean isNull(Node node) {
    return node instanceof ScalarNode scalar
        && Leaves.isPlain(scalar)
        && Scalars.resolve(scalar.getValue()) == null;
  }

  static String describe(Node node) {
    return switch (node) {
      case MappingNode map -> "a map";
      case SequenceNode list -> "a list";
      case ScalarNode scalar -> Leaves.describe(scalar);
      default -> "something else";
    };
  }

  /** A document that is nested too deeply or grows too large by its aliases. */
  static final class TooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooLargeException(String path) {
      super(path + ": nested too deeply, or made too large by aliases");
    }
  }
}
