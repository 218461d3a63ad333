package dev.gantry.cli.output;

import dev.gantry.cli.CliFailure;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.representer.StandardRepresenter;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * YAML 1.2 as trees of maps, lists, strings, numbers, booleans and null. In its core schema {@code
 * yes} and {@code on} are strings.
 */
public final class Yaml {
  // Booleans, numbers (octal and base 60 among them) and timestamps of YAML 1.1.
  private static final Pattern YAML_1_1 =
      Pattern.compile(
          "|(?i:y|n|yes|no|on|off|true|false|null|~)"
              + "|[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*(:[0-5]?[0-9])*(\\.[0-9_]*)?)"
              + "|\\d{4}-\\d\\d?-\\d\\d?([Tt\\s].*)?");
  private static final int LARGEST_TEXT = 16 << 20;

  private Yaml() {}

  /**
   * Reads a document.
   *
   * @param what what is read, for the message of a failure
   * @throws CliFailure naming {@code what} and the place of the fault
   */
  public static @Nullable Object parse(String what, String text) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(what)
            .setSchema(new CoreSchema())
            .setAllowDuplicateKeys(false)
            .setCodePointLimit(LARGEST_TEXT)
            .build();
    try {
      return new Load(settings).loadFromString(text);
    } catch (YamlEngineException e) {
      String fault = String.valueOf(e.getMessage()).strip().replaceAll("\\s*\\R\\s*", " ");
      throw CliFailure.of("read " + what + ": " + fault, e);
    }
  }

  /**
   * Prints a tree in block style; ends with a line break. Strings that YAML 1.1, which kubectl and
   * most tools still read, would take for something else are quoted.
   */
  public static String print(@Nullable Object tree) {
    DumpSettings settings =
        DumpSettings.builder()
            .setDefaultFlowStyle(FlowStyle.BLOCK)
            .setWidth(1 << 20)
            .setSplitLines(false)
            .build();
    return new Dump(settings, new Representer(settings)).dumpToString(numbered(tree));
  }

  // A JSON reader gives every number as a decimal one, which YAML would tag.
  private static @Nullable Object numbered(@Nullable Object tree) {
    return switch (tree) {
      case Map<?, ?> map -> {
        Map<Object, @Nullable Object> result = new LinkedHashMap<>();
        map.forEach((key, value) -> result.put(key, numbered(value)));
        yield result;
      }
      case List<?> list -> {
        List<@Nullable Object> result = new ArrayList<>();
        list.forEach(element -> result.add(numbered(element)));
        yield result;
      }
      case BigDecimal number when number.stripTrailingZeros().scale() <= 0 ->
          number.toBigIntegerExact();
      case BigDecimal number -> number.doubleValue();
      case null, default -> tree;
    };
  }

  private static final class Representer extends StandardRepresenter {
    Representer(DumpSettings settings) {
      super(settings);
    }

    @Override
    protected Node representScalar(Tag tag, String value, ScalarStyle style) {
      boolean quote =
          tag.equals(Tag.STR) && style == ScalarStyle.PLAIN && YAML_1_1.matcher(value).matches();
      return super.representScalar(tag, value, quote ? ScalarStyle.DOUBLE_QUOTED : style);
    }
  }
}
