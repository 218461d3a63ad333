package dev.gantry.network;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A CNI configuration in which the node's pod CIDRs are still to be put, as containerd's {@code
 * conf_template}: {@code {{.PodCIDR}}}, the first, and {@code {{range $i, $cidr :=
 * .PodCIDRRanges}}…{{end}}} or {@code .Routes}, in which {@code {{$cidr}}} is the value and {@code
 * {{if $i}}…{{end}}} is left out the first time.
 */
public final class ConfTemplate {
  private static final int MAX_BYTES = 1 << 20;
  private static final Pattern ACTION = Pattern.compile("\\{\\{-?\\s*(.*?)\\s*-?}}");
  private static final Pattern RANGE =
      Pattern.compile("range\\s+(\\$\\w+)\\s*,\\s*(\\$\\w+)\\s*:=\\s*\\.(PodCIDRRanges|Routes)");
  private static final Pattern IF = Pattern.compile("if\\s+(\\$\\w+)");

  private final Path file;
  private final List<Part> parts;

  /** What a template is made of. */
  private sealed interface Part {
    /** As it stands. */
    record Text(String text) implements Part {}

    /** A value by name. */
    record Value(String name) implements Part {}

    /** Once for each value of a list. */
    record Range(String index, String value, String list, List<Part> body) implements Part {}

    /** Unless the index is 0. */
    record Unless0(String index, List<Part> body) implements Part {}
  }

  private ConfTemplate(Path file, List<Part> parts) {
    this.file = file;
    this.parts = parts;
  }

  /**
   * Reads a template.
   *
   * @throws IOException that names the file and what of it is not understood
   */
  public static ConfTemplate read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + " is no file");
    }
    byte[] text;
    try (var in = Files.newInputStream(file)) {
      text = in.readNBytes(MAX_BYTES);
    }
    Parser parser = new Parser(file, new String(text, StandardCharsets.UTF_8));
    ConfTemplate template = new ConfTemplate(file, parser.parts(false));
    template.render(List.of("192.0.2.0/24", "2001:db8::/64")); // says what is wrong right away
    return template;
  }

  /**
   * The configuration for those CIDRs.
   *
   * @throws IOException when it is none
   */
  String render(List<String> cidrs) throws IOException {
    List<String> routes =
        Stream.of("0.0.0.0/0", "::/0")
            .filter(route ->
                cidrs.stream().anyMatch(cidr -> (cidr.indexOf(':') >= 0) == route.equals("::/0")))
            .toList();
    StringBuilder out = new StringBuilder();
    render(
        parts,
        Map.of(".PodCIDR", cidrs.getFirst()),
        Map.of("PodCIDRRanges", cidrs, "Routes", routes),
        out);
    try {
      NetworkConfig.ofList(JsonText.parse(out.toString()));
    } catch (JsonText.MalformedException | NetworkConfig.InvalidException e) {
      throw new IOException(file + " becomes no list of plug-ins: " + e.getMessage(), e);
    }
    return out.toString();
  }

  private void render(
      List<Part> body,
      Map<String, String> values,
      Map<String, List<String>> lists,
      StringBuilder out)
      throws IOException {
    for (Part part : body) {
      switch (part) {
        case Part.Text(String text) -> out.append(text);
        case Part.Value(String name) -> out.append(value(name, values));
        case Part.Unless0(String index, List<Part> inner) -> {
          if (!value(index, values).equals("0")) {
            render(inner, values, lists, out);
          }
        }
        case Part.Range range -> {
          List<String> list = lists.getOrDefault(range.list(), List.of());
          for (int i = 0; i < list.size(); i++) {
            Map<String, String> inside = new HashMap<>(values);
            inside.put(range.index(), Integer.toString(i));
            inside.put(range.value(), list.get(i));
            render(range.body(), inside, lists, out);
          }
        }
      }
    }
  }

  private String value(String name, Map<String, String> values) throws IOException {
    String value = values.get(name);
    if (value == null) {
      throw new IOException(file + ": {{" + name + "}} is not known here");
    }
    return value;
  }

  /** Takes a text apart. */
  private static final class Parser {
    private final Path file;
    private final String text;
    private final Matcher actions;
    private int at;

    Parser(Path file, String text) {
      this.file = file;
      this.text = text;
      this.actions = ACTION.matcher(text);
    }

    /** The parts up to the end, or to that of the range or condition that was opened. */
    List<Part> parts(boolean inner) throws IOException {
      List<Part> parts = new ArrayList<>();
      while (actions.find()) {
        parts.add(new Part.Text(text.substring(at, actions.start())));
        at = actions.end();
        String action = actions.group(1);
        Matcher range = RANGE.matcher(action);
        Matcher condition = IF.matcher(action);
        if (action.equals("end") && inner) {
          return List.copyOf(parts);
        } else if (range.matches()) {
          parts.add(new Part.Range(range.group(1), range.group(2), range.group(3), parts(true)));
        } else if (condition.matches()) {
          parts.add(new Part.Unless0(condition.group(1), parts(true)));
        } else if (action.matches("\\.PodCIDR|\\$\\w+")) {
          parts.add(new Part.Value(action));
        } else {
          throw new IOException(
              file
                  + ": {{"
                  + action
                  + "}}: a template may hold .PodCIDR, range over .PodCIDRRanges or .Routes, and"
                  + " if of the range's index");
        }
      }
      if (inner) {
        throw new IOException(file + ": a range or if has no {{end}}");
      }
      parts.add(new Part.Text(text.substring(at)));
      return List.copyOf(parts);
    }
  }
}
