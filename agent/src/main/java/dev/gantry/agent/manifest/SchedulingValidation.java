package dev.gantry.agent.manifest;

import dev.gantry.agent.api.Affinity;
import dev.gantry.agent.api.NodeAffinity;
import dev.gantry.agent.api.NodeSelectorRequirement;
import dev.gantry.agent.api.NodeSelectorTerm;
import dev.gantry.agent.api.PodSpec;
import dev.gantry.agent.api.TaintEffect;
import dev.gantry.agent.api.Toleration;
import dev.gantry.agent.api.TolerationOperator;
import java.util.List;

/** What pods say about where they run. */
final class SchedulingValidation {
  private static final List<String> PRIORITY_CLASSES =
      List.of("", "system-node-critical", "system-cluster-critical");

  private SchedulingValidation() {}

  static void pod(PodSpec spec, String path, Report report) {
    Validation.labels(spec.nodeSelector(), path + ".nodeSelector", report);
    tolerations(spec.tolerations(), path + ".tolerations", report);
    Affinity affinity = spec.affinity();
    if (affinity != null && affinity.nodeAffinity() != null) {
      nodeAffinity(affinity.nodeAffinity(), path + ".affinity.nodeAffinity", report);
    }
    if (!PRIORITY_CLASSES.contains(spec.priorityClassName())) {
      report.add(
          path + ".priorityClassName",
          "no PriorityClass with name "
              + spec.priorityClassName()
              + " was found: there are system-node-critical and system-cluster-critical");
    }
    if (!spec.schedulerName().equals("default-scheduler")) {
      report.add(
          path + ".schedulerName",
          "is not supported on this node: there is no scheduler; remove it");
    }
    if (!spec.schedulingGates().isEmpty()) {
      report.add(
          path + ".schedulingGates",
          "is not supported on this node: nothing would ever open them; remove them");
    }
  }

  static void tolerations(List<Toleration> tolerations, String path, Report report) {
    for (int i = 0; i < tolerations.size(); i++) {
      toleration(tolerations.get(i), path + "[" + i + "]", report);
    }
  }

  private static void toleration(Toleration toleration, String path, Report report) {
    boolean exists = toleration.operator() == TolerationOperator.Exists;
    if (!toleration.key().isEmpty()) {
      Syntax.check(report, path + ".key", toleration.key(), Syntax.qualifiedName(toleration.key()));
    } else if (!exists) {
      report.add(
          path + ".operator",
          Syntax.invalid(
              toleration.operator() == null ? "" : toleration.operator().toString(),
              "operator must be Exists when `key` is empty, which means \"match all values and all"
                  + " keys\""));
    }
    if (toleration.tolerationSeconds() != null && toleration.effect() != TaintEffect.NoExecute) {
      report.add(
          path + ".effect",
          Syntax.invalid(
              toleration.effect() == null ? "" : toleration.effect().toString(),
              "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    }
    if (exists && !toleration.value().isEmpty()) {
      report.add(
          path + ".operator",
          Syntax.invalid(toleration.value(), "value must be empty when `operator` is 'Exists'"));
    } else {
      Syntax.check(
          report, path + ".value", toleration.value(), Syntax.labelValue(toleration.value()));
    }
  }

  private static void nodeAffinity(NodeAffinity affinity, String path, Report report) {
    if (affinity.requiredDuringSchedulingIgnoredDuringExecution() != null) {
      String at = path + ".requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
      List<NodeSelectorTerm> terms =
          affinity.requiredDuringSchedulingIgnoredDuringExecution().nodeSelectorTerms();
      if (terms.isEmpty()) {
        report.add(at, "Required value: must have at least one node selector term");
      }
      for (int i = 0; i < terms.size(); i++) {
        term(terms.get(i), at + "[" + i + "]", report);
      }
    }
    for (int i = 0; i < affinity.preferredDuringSchedulingIgnoredDuringExecution().size(); i++) {
      int weight = affinity.preferredDuringSchedulingIgnoredDuringExecution().get(i).weight();
      if (weight < 1 || weight > 100) {
        report.add(
            path + ".preferredDuringSchedulingIgnoredDuringExecution[" + i + "].weight",
            Syntax.invalid(weight, "must be in the range 1-100"));
      }
    }
  }

  private static void term(NodeSelectorTerm term, String path, Report report) {
    for (int i = 0; i < term.matchExpressions().size(); i++) {
      requirement(term.matchExpressions().get(i), path + ".matchExpressions[" + i + "]", report);
    }
    for (int i = 0; i < term.matchFields().size(); i++) {
      NodeSelectorRequirement field = term.matchFields().get(i);
      if (!field.key().equals("metadata.name")) {
        report.add(
            path + ".matchFields[" + i + "].key",
            Syntax.unsupported(field.key(), List.of("metadata.name")));
      }
    }
  }

  private static void requirement(NodeSelectorRequirement one, String path, Report report) {
    Syntax.check(report, path + ".key", one.key(), Syntax.qualifiedName(one.key()));
    switch (one.operator()) {
      case In, NotIn -> {
        if (one.values().isEmpty()) {
          report.add(
              path + ".values",
              "Required value: must be specified when `operator` is 'In' or 'NotIn'");
        }
      }
      case Exists, DoesNotExist -> {
        if (!one.values().isEmpty()) {
          report.add(
              path + ".values",
              "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
        }
      }
      case Gt, Lt -> {
        if (one.values().size() != 1) {
          report.add(
              path + ".values",
              "Required value: must be specified single value when `operator` is 'Lt' or 'Gt'");
        }
      }
    }
  }
}
