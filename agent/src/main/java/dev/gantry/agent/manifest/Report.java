package dev.gantry.agent.manifest;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What is wrong with one document, and where everything of it stands. */
final class Report {
  private final String file;
  private final List<Problem> problems;
  private final Map<String, Integer> lines = new HashMap<>();
  private final int firstLine;
  private String object = "";

  Report(String file, int firstLine) {
    this.file = file;
    this.firstLine = firstLine;
    this.problems = new ArrayList<>();
  }

  /** Problems name this object from now on. */
  void about(String name) {
    object = name;
  }

  /** Notes where a field stands, counted from 1. */
  void at(String field, int line) {
    lines.put(field, line);
  }

  void add(String field, String message) {
    problems.add(new Problem(file, line(field), object, field, message));
  }

  boolean isEmpty() {
    return problems.isEmpty();
  }

  /** In the order of the document. */
  List<Problem> problems() {
    return problems.stream().sorted(Comparator.comparingInt(Problem::line)).distinct().toList();
  }

  /** Where the field stands, or what it would stand in. */
  private int line(String field) {
    String at = field;
    while (!at.isEmpty()) {
      Integer line = lines.get(at);
      if (line != null) {
        return line;
      }
      at = at.substring(0, Math.max(0, Math.max(at.lastIndexOf('.'), at.lastIndexOf('['))));
    }
    return firstLine;
  }
}
