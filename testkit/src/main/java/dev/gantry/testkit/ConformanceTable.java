package dev.gantry.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * docs/cri-conformance.md as data.
 *
 * @param rows in the order of the page
 * @param messages the sections below "Messages", also those without fields
 */
public record ConformanceTable(List<Row> rows, List<String> messages) {
  private static final Pattern HEADING = Pattern.compile("#{2,3} (\\w+)");
  private static final Pattern QUOTED = Pattern.compile("\"([^\"]+)\"");

  /**
   * A line of a table.
   *
   * @param section a service or a message
   * @param name a call or a field of it
   * @param state the word that it begins with, and what follows it
   * @param tests each {@code Class#method}
   */
  public record Row(String section, String name, String state, List<String> tests) {
    /** The first word: honoured, refused and so on. */
    public String word() {
      return state.replaceFirst(":.*", "");
    }

    /** What stands behind the colon, empty when nothing does. */
    public String reason() {
      int colon = state.indexOf(':');
      return colon < 0 ? "" : state.substring(colon + 1).strip();
    }

    /** The texts of errors that it quotes. */
    public List<String> quoted() {
      return QUOTED.matcher(reason()).results().map(m -> m.group(1)).toList();
    }

    /** As messages of the check name it. */
    public String label() {
      return section + "." + name;
    }
  }

  /** Reads the page; its first table, the legend, is not among the rows. */
  public static ConformanceTable read(Path page) throws IOException {
    var rows = new ArrayList<Row>();
    var messages = new ArrayList<String>();
    String section = "";
    for (String line : Files.readAllLines(page)) {
      Matcher heading = HEADING.matcher(line);
      if (heading.matches()) {
        section = heading.group(1);
        if (line.startsWith("###")) {
          messages.add(section);
        }
      } else if (line.startsWith("| ") && !section.isEmpty()) {
        Row row = row(section, line);
        if (!row.state().equals("state")) {
          rows.add(row);
        }
      }
    }
    return new ConformanceTable(List.copyOf(rows), List.copyOf(messages));
  }

  private static Row row(String section, String line) {
    String[] cells = line.split("\\|", -1);
    if (cells.length != 5) {
      throw new AssertionError("not three cells: " + line);
    }
    List<String> tests =
        cells[3].isBlank() ? List.of() : List.of(cells[3].strip().split("\\s*,\\s*"));
    return new Row(section, cells[1].strip(), cells[2].strip(), tests);
  }
}
