package dev.gantry.agent.manifest;

import dev.gantry.agent.api.KubeObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads manifests: YAML and JSON, any number of objects in a file. */
public final class Manifests {
  /** The most bytes of a file. */
  public static final int MAX_BYTES = 4 << 20;

  private static final Set<String> STATUS = Set.of("status");

  private final String file;
  private final List<KubeObject> objects = new ArrayList<>();
  private final List<Integer> lines = new ArrayList<>(); // in which each of them begins
  private final List<Problem> problems = new ArrayList<>();

  private Manifests(String file) {
    this.file = file;
  }

  /**
   * Reads the objects of one file, in its order. Lists are taken apart. What the API server would
   * set itself (uid, status…) is not read.
   *
   * @throws ManifestException everything that is wrong with it
   */
  public static List<KubeObject> read(Path file) throws IOException, ManifestException {
    try (InputStream in = Files.newInputStream(file)) {
      return read(file.toString(), in);
    }
  }

  /**
   * Reads the objects of a stream.
   *
   * @param name what problems call it
   */
  public static List<KubeObject> read(String name, InputStream in)
      throws IOException, ManifestException {
    Manifests manifests = new Manifests(name);
    manifests.readAll(in.readNBytes(MAX_BYTES + 1), manifests::document);
    return manifests.result();
  }

  /**
   * Reads a record that is no object of Kubernetes from a file with one document, as strictly as
   * manifests are read.
   *
   * @param type what it is; made of what {@link dev.gantry.agent.api.Shape} knows
   * @throws ManifestException everything that is wrong with it
   */
  public static <T extends Record> T record(Path file, Class<T> type)
      throws IOException, ManifestException {
    Manifests reader = new Manifests(file.toString());
    List<Object> found = new ArrayList<>();
    try (InputStream in = Files.newInputStream(file)) {
      reader.readAll(
          in.readNBytes(MAX_BYTES + 1), document -> reader.decode(document, type, found));
    }
    if (reader.problems.isEmpty() && found.size() != 1) {
      reader.problem(1, "must be one document, but has " + found.size());
    }
    reader.result();
    return type.cast(found.getFirst());
  }

  private void decode(Node document, Class<?> type, List<Object> into) {
    Report report = new Report(file, line(document));
    if (document instanceof MappingNode mapping) {
      Object value = new Decoder(report, Set.of()).object(mapping, type);
      if (value != null) {
        into.add(value);
      }
    } else {
      report.add("", "must have fields, but is " + Decoder.describe(document));
    }
    problems.addAll(report.problems());
  }

  private List<KubeObject> result() throws ManifestException {
    if (!problems.isEmpty()) {
      throw new ManifestException(problems);
    }
    return List.copyOf(objects);
  }

  private void readAll(byte[] bytes, Consumer<Node> reading) {
    if (bytes.length > MAX_BYTES) {
      problem(1, "larger than " + MAX_BYTES + " bytes: split it");
      return;
    }
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(file)
            .setUseMarks(true)
            .setCodePointLimit(MAX_BYTES)
            .build();
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      for (Node document : new Compose(settings).composeAllFromString(text)) {
        if (!Decoder.isNull(document)) {
          reading.accept(document);
        }
      }
      uniqueNames();
    } catch (CharacterCodingException e) {
      problem(1, "not a text in UTF-8");
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().or(e::getContextMark).map(Mark::getLine).orElse(0) + 1;
      problem(line, "not valid YAML: " + e.getProblem() + advice(e.getProblem()));
    } catch (YamlEngineException e) {
      problem(1, "not valid YAML: " + e.getMessage());
    }
  }

  /** What people mostly did where the parser only knows what it did not expect. */
  private static String advice(String problem) {
    if (problem.startsWith("mapping values are not allowed")) {
      return ": put a text with \": \" in quotes, or check the indentation";
    }
    return problem.startsWith("expected <block end>")
            || problem.startsWith("could not find expected")
        ? ": check the indentation of this line and of those above"
        : "";
  }

  private void problem(int line, String message) {
    problems.add(new Problem(file, line, "", "", message));
  }

  private void document(Node node) {
    Report report = new Report(file, line(node));
    if (node instanceof MappingNode mapping) {
      object(mapping, report);
    } else {
      report.add(
          "", "must be an object with apiVersion and kind, but is " + Decoder.describe(node));
    }
    problems.addAll(report.problems());
  }

  private void object(MappingNode mapping, Report report) {
    String apiVersion = word(mapping, "apiVersion", report);
    String kind = word(mapping, "kind", report);
    if (apiVersion == null || kind == null) {
      return;
    }
    if (kind.endsWith("List")) {
      items(mapping, report);
      return;
    }
    report.about(kind + name(mapping));
    Kinds.Kind found = Kinds.find(apiVersion, kind, report);
    if (found == null) {
      return;
    }
    try {
      Object object = new Decoder(report, STATUS).object(mapping, found.type());
      if (object instanceof KubeObject valid && report.isEmpty()) {
        accept(valid, report);
        lines.addAll(Collections.nCopies(objects.size() - lines.size(), line(mapping)));
      }
    } catch (Decoder.TooLargeException e) {
      report.add("", String.valueOf(e.getMessage()));
    }
  }

  private void accept(KubeObject object, Report report) {
    if (!object.metadata().finalizers().isEmpty()) {
      report.add(
          "metadata.finalizers",
          "is not supported on this node: no controller would ever finish them; remove them");
    }
    KubeObject fresh = Validation.prepared(object);
    Validation.validate(fresh, report);
    if (report.isEmpty()) {
      objects.add(fresh);
    }
  }

  /** The items of a List as if each were a document. */
  private void items(MappingNode list, Report report) {
    for (NodeTuple member : list.getValue()) {
      if (member.getKeyNode() instanceof ScalarNode key && key.getValue().equals("items")) {
        if (member.getValueNode() instanceof SequenceNode items) {
          items.getValue().forEach(this::document);
          return;
        }
      }
    }
    report.add("items", "must be a list of objects");
  }

  private @Nullable String word(MappingNode mapping, String name, Report report) {
    for (NodeTuple member : mapping.getValue()) {
      if (member.getKeyNode() instanceof ScalarNode key && key.getValue().equals(name)) {
        report.at(name, line(key));
        if (member.getValueNode() instanceof ScalarNode value && !value.getValue().isEmpty()) {
          return value.getValue();
        }
      }
    }
    report.add(name, "Required value: every object begins with apiVersion and kind");
    return null;
  }

  /** The object's name for problems, before it is known whether it is valid. */
  private static String name(MappingNode mapping) {
    for (NodeTuple member : mapping.getValue()) {
      if (member.getKeyNode() instanceof ScalarNode key
          && key.getValue().equals("metadata")
          && member.getValueNode() instanceof MappingNode metadata) {
        for (NodeTuple field : metadata.getValue()) {
          if (field.getKeyNode() instanceof ScalarNode inner
              && inner.getValue().equals("name")
              && field.getValueNode() instanceof ScalarNode value) {
            return "/" + value.getValue();
          }
        }
      }
    }
    return "";
  }

  private void uniqueNames() {
    Map<String, Integer> seen = new HashMap<>();
    for (int i = 0; i < objects.size(); i++) {
      String name = objects.get(i).reference();
      Integer other = seen.putIfAbsent(name, lines.get(i));
      if (other != null) {
        problem(
            lines.get(i),
            name + " is declared in line " + other + ", too: rename or remove one of them");
      }
    }
  }

  private static int line(Node node) {
    return node.getStartMark().map(mark -> Objects.requireNonNull(mark).getLine() + 1).orElse(1);
  }
}
