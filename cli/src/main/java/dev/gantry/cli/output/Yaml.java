package dev.gantry.cli.output;

import dev.gantry.cli.CliFailure;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * YAML 1.2 as trees of maps, lists, strings, numbers, booleans and null. In its core schema {@code
 * yes} and {@code on} are strings.
 */
public final class Yaml {
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

  /** Prints a tree in block style; ends with a line break. */
  public static String print(@Nullable Object tree) {
    DumpSettings settings =
        DumpSettings.builder()
            .setDefaultFlowStyle(FlowStyle.BLOCK)
            .setWidth(1 << 20)
            .setSplitLines(false)
            .build();
    return new Dump(settings).dumpToString(tree);
  }
}
