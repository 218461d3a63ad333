package dev.gantry.agent.admission;

import dev.gantry.agent.api.Quantity;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What admission has to know about this node.
 *
 * @param name its name
 * @param labels its labels, among them {@code kubernetes.io/hostname}, {@code kubernetes.io/os} and
 *     {@code kubernetes.io/arch}
 * @param taints what keeps pods away
 * @param capacity what there is: {@code cpu}, {@code memory}, {@code pods}, {@code
 *     ephemeral-storage}, {@code hugepages-2Mi}…
 * @param reserved what of it is not for pods
 */
public record Node(
    String name,
    Map<String, String> labels,
    List<Taint> taints,
    Map<String, Quantity> capacity,
    Map<String, Quantity> reserved) {
  public Node {
    labels = Map.copyOf(labels);
    taints = List.copyOf(taints);
    capacity = Map.copyOf(capacity);
    reserved = Map.copyOf(reserved);
  }

  /** What pods may ask for in all: capacity less what is reserved, never below nothing. */
  public Map<String, Quantity> allocatable() {
    TreeMap<String, Quantity> allocatable = new TreeMap<>(capacity);
    reserved.forEach((resource, kept) ->
        allocatable.computeIfPresent(resource, (key, all) -> all.minus(kept).max(Quantity.ZERO)));
    return allocatable;
  }
}
