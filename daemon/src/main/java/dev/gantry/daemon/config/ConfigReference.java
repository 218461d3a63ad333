package dev.gantry.daemon.config;

import dev.gantry.daemon.config.ConfigKey.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Prints {@link ConfigKeys} as a configuration file and as the reference page. */
public final class ConfigReference {
  private ConfigReference() {}

  /** A complete configuration file in which every line is the default. */
  public static String defaultFile() {
    var out = new StringBuilder("# Gantry's configuration: every key with its default.\n");
    String table = "";
    for (ConfigKey key : ConfigKeys.ALL) {
      int dot = key.name().lastIndexOf('.');
      String of = dot < 0 ? "" : key.name().substring(0, dot);
      boolean example = of.contains("*");
      if (!of.equals(table)) {
        out.append('\n')
            .append(example ? "# [" + of.replace("*", "crun") + "]" : "[" + of + "]")
            .append('\n');
        table = of;
      }
      out.append('\n');
      wrap(key.doc(), 96).forEach(line -> out.append("# ").append(line).append('\n'));
      out.append(example ? "# " : "")
          .append(key.name().substring(dot + 1))
          .append(" = ")
          .append(toml(key))
          .append('\n');
    }
    return out.toString();
  }

  /** The reference page, {@code docs/configuration.md}. */
  public static String markdown() {
    var out = new StringBuilder();
    out.append("# Configuration\n\n")
        .append(
            "The daemon reads `/etc/gantry/config.toml` (`--config` names another file), then\n")
        .append(
            "`conf.d/*.toml` beside it by name; a later file overrides key by key, a flag overrides\n")
        .append(
            "both. `gantry config default` prints a file with every default. An unknown key or a\n")
        .append(
            "value of the wrong kind ends the start with the file and line. All keys are read at\n")
        .append(
            "start; CNI configurations and `certs.d` directories are read when they change.\n\n")
        .append("| key | default | flag | meaning |\n|---|---|---|---|\n");
    for (ConfigKey key : ConfigKeys.ALL) {
      out.append("| `")
          .append(key.name())
          .append("` | `")
          .append(toml(key))
          .append("` | ")
          .append(key.flag().isEmpty() ? "" : "`--" + key.flag() + "`")
          .append(" | ")
          .append(key.doc())
          .append(" |\n");
    }
    return out.toString();
  }

  private static String toml(ConfigKey key) {
    if (key.kind() == Kind.STRINGS) {
      return ((List<?>) key.defaultValue())
          .stream().map(s -> "\"" + s + "\"").collect(Collectors.joining(", ", "[", "]"));
    }
    return key.kind() == Kind.STRING || key.kind() == Kind.DURATION
        ? "\"" + key.defaultValue() + "\""
        : String.valueOf(key.defaultValue());
  }

  private static List<String> wrap(String text, int width) {
    var lines = new ArrayList<String>();
    var line = new StringBuilder();
    for (String word : text.split(" ", -1)) {
      if (line.length() + word.length() >= width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
