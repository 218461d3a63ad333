package dev.gantry.agent.api;

import java.util.List;
import java.util.Map;

/** A comparison with a label. */
public record LabelSelectorRequirement(
    @Always String key, LabelSelectorOperator operator, List<String> values) {
  public LabelSelectorRequirement {
    values = Fields.list(values);
  }

  boolean matches(Map<String, String> labels) {
    String label = labels.get(key);
    return switch (operator) {
      case In -> label != null && values.contains(label);
      case NotIn -> label == null || !values.contains(label);
      case Exists -> label != null;
      case DoesNotExist -> label == null;
    };
  }
}
