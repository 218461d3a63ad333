package dev.gantry.cli.output;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Rows in columns, as crictl prints them: each column but the last is at least 20 wide and ends
 * with at least three blanks, so that what reads crictl's tables reads these.
 */
public final class Table {
  private static final Pattern COLOUR = Pattern.compile("\033\\[[0-9;]*m");
  private static final int NARROWEST = 20;
  private static final int GAP = 3;

  private final List<List<String>> rows = new ArrayList<>();
  private final int narrowest;

  /** A table that begins with the column names. */
  public Table(String... header) {
    this(NARROWEST, List.of(header));
  }

  private Table(int narrowest, List<String> header) {
    this.narrowest = narrowest;
    rows.add(header);
  }

  /** A table whose columns are as wide as what is in them. */
  public static Table compact(String... header) {
    return new Table(0, List.of(header));
  }

  /** A table that begins with the column names of a list. */
  public static Table of(List<String> header) {
    return new Table(NARROWEST, List.copyOf(header));
  }

  /** Adds a row; it has as many cells as the header. */
  public void row(List<String> cells) {
    if (cells.size() != rows.getFirst().size()) {
      throw new IllegalArgumentException(cells.size() + " cells, not " + rows.getFirst().size());
    }
    rows.add(List.copyOf(cells));
  }

  /** Adds a row; it has as many cells as the header. */
  public void row(String... cells) {
    row(List.of(cells));
  }

  /** Prints header and rows. */
  public void print(PrintStream out) {
    List<Integer> widths = widths();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        String cell = row.get(i);
        line.append(cell);
        if (i < row.size() - 1) {
          line.repeat(' ', widths.get(i) - length(cell));
        }
      }
      out.println(line.toString().stripTrailing());
    }
  }

  private List<Integer> widths() {
    List<Integer> widths = new ArrayList<>(Collections.nCopies(rows.getFirst().size(), narrowest));
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        widths.set(i, Math.max(widths.get(i), length(row.get(i)) + GAP));
      }
    }
    return widths;
  }

  private static int length(String cell) {
    String visible = COLOUR.matcher(cell).replaceAll("");
    return visible.codePointCount(0, visible.length());
  }
}
