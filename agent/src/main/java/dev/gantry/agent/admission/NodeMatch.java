package dev.gantry.agent.admission;

import dev.gantry.agent.api.Affinity;
import dev.gantry.agent.api.NodeSelector;
import dev.gantry.agent.api.NodeSelectorRequirement;
import dev.gantry.agent.api.NodeSelectorTerm;
import dev.gantry.agent.api.PodSpec;
import dev.gantry.agent.api.TaintEffect;
import dev.gantry.agent.api.Toleration;
import dev.gantry.agent.api.TolerationOperator;
import java.util.List;
import java.util.Map;

/** Whether a pod wants this node, and puts up with it. */
final class NodeMatch {
  private NodeMatch() {}

  /** Whether the node is what the pod's selector and required affinity ask for. */
  static boolean isWanted(PodSpec spec, Node node) {
    if (!node.labels().entrySet().containsAll(spec.nodeSelector().entrySet())) {
      return false;
    }
    Affinity affinity = spec.affinity();
    if (affinity == null || affinity.nodeAffinity() == null) {
      return true;
    }
    NodeSelector required =
        affinity.nodeAffinity().requiredDuringSchedulingIgnoredDuringExecution();
    return required == null
        || required.nodeSelectorTerms().stream().anyMatch(term -> meets(node, term));
  }

  /** A term without requirements is met by no node. */
  private static boolean meets(Node node, NodeSelectorTerm term) {
    return !(term.matchExpressions().isEmpty() && term.matchFields().isEmpty())
        && term.matchExpressions().stream().allMatch(one -> meets(node.labels(), one))
        && term.matchFields().stream()
            .allMatch(one -> meets(Map.of("metadata.name", node.name()), one));
  }

  private static boolean meets(Map<String, String> labels, NodeSelectorRequirement one) {
    String label = labels.get(one.key());
    return switch (one.operator()) {
      case In -> label != null && one.values().contains(label);
      case NotIn -> label == null || !one.values().contains(label);
      case Exists -> label != null;
      case DoesNotExist -> label == null;
      case Gt -> label != null && compare(label, one.values()) > 0;
      case Lt -> label != null && compare(label, one.values()) < 0;
    };
  }

  /** 0, which is neither more nor less, when one of them is no number. */
  private static int compare(String label, List<String> values) {
    try {
      return Long.compare(Long.parseLong(label), Long.parseLong(values.getFirst()));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** Whether the pod tolerates every taint that would make it leave. */
  static boolean isTolerated(PodSpec spec, Node node) {
    return node.taints().stream()
        .filter(taint -> taint.effect() == TaintEffect.NoExecute)
        .allMatch(taint -> spec.tolerations().stream().anyMatch(one -> tolerates(one, taint)));
  }

  private static boolean tolerates(Toleration toleration, Taint taint) {
    boolean effect = toleration.effect() == null || toleration.effect() == taint.effect();
    boolean key = toleration.key().isEmpty() || toleration.key().equals(taint.key());
    return effect
        && key
        && (toleration.operator() == TolerationOperator.Exists
            || toleration.value().equals(taint.value()));
  }
}
