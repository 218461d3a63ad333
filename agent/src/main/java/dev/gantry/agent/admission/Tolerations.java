package dev.gantry.agent.admission;

import dev.gantry.agent.api.TaintEffect;
import dev.gantry.agent.api.Toleration;
import dev.gantry.agent.api.TolerationOperator;
import java.util.ArrayList;
import java.util.List;

/** Lists of tolerations in which none says what another says already. */
final class Tolerations {
  private Tolerations() {}

  /** Both lists, less every toleration that another one covers. */
  static List<Toleration> merge(List<Toleration> first, List<Toleration> second) {
    List<Toleration> all = new ArrayList<>(first);
    all.addAll(second);
    List<Toleration> merged = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      Toleration one = all.get(i);
      boolean covered =
          merged.stream().anyMatch(other -> covers(other, one))
              || all.subList(i + 1, all.size()).stream().anyMatch(other -> covers(other, one));
      if (!covered) {
        merged.add(one);
      }
    }
    return merged;
  }

  private static boolean covers(Toleration wide, Toleration one) {
    if (wide.equals(one)) {
      return true;
    }
    boolean everyKey = wide.key().isEmpty() && wide.operator() == TolerationOperator.Exists;
    boolean effect = wide.effect() == null || wide.effect() == one.effect();
    if (!(everyKey || wide.key().equals(one.key())) || !effect) {
      return false;
    }
    if (wide.effect() == TaintEffect.NoExecute && wide.tolerationSeconds() != null) {
      Long seconds = one.tolerationSeconds();
      if (seconds == null || seconds > wide.tolerationSeconds()) {
        return false;
      }
    }
    return wide.operator() == TolerationOperator.Exists
        || (one.operator() != TolerationOperator.Exists && wide.value().equals(one.value()));
  }
}
