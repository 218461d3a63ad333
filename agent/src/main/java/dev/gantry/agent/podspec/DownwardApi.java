package dev.gantry.agent.podspec;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.ObjectFieldSelector;
import dev.gantry.agent.api.ObjectMeta;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodSpec;
import dev.gantry.agent.api.Quantity;
import dev.gantry.agent.api.ResourceFieldSelector;
import dev.gantry.agent.api.ResourceRequirements;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a pod can know about itself. */
public final class DownwardApi {
  private static final Quantity ONE = Quantity.of(1);
  private static final List<String> ALLOCATABLE = List.of("cpu", "memory", "ephemeral-storage");

  private DownwardApi() {}

  /**
   * A field of the pod.
   *
   * @param podIps the sandbox's addresses
   */
  public static String field(
      ObjectFieldSelector selector, Pod pod, NodeFacts node, List<String> podIps)
      throws ContainerConfigException {
    return switch (selector.fieldPath()) {
      case "spec.nodeName" -> node.name();
      case "spec.serviceAccountName" -> pod.spec().serviceAccountName();
      case "status.hostIP" -> node.ips().isEmpty() ? "" : node.ips().getFirst();
      case "status.hostIPs" -> String.join(",", node.ips());
      case "status.podIP" -> podIps.isEmpty() ? "" : podIps.getFirst();
      case "status.podIPs" -> String.join(",", podIps);
      default -> metadata(selector.fieldPath(), pod.metadata());
    };
  }

  private static String metadata(String path, ObjectMeta metadata) throws ContainerConfigException {
    int bracket = path.indexOf("['");
    if (bracket > 0 && path.endsWith("']")) {
      String key = path.substring(bracket + 2, path.length() - 2);
      return switch (path.substring(0, bracket)) {
        case "metadata.annotations" -> metadata.annotations().getOrDefault(key, "");
        case "metadata.labels" -> metadata.labels().getOrDefault(key, "");
        default ->
            throw new ContainerConfigException(
                "fieldPath \"" + path + "\" does not support subscript");
      };
    }
    return switch (path) {
      case "metadata.annotations" -> lines(metadata.annotations());
      case "metadata.labels" -> lines(metadata.labels());
      case "metadata.name" -> metadata.name();
      case "metadata.namespace" -> metadata.namespace();
      case "metadata.uid" -> metadata.uid();
      default -> throw new ContainerConfigException("unsupported fieldPath: " + path);
    };
  }

  private static String lines(Map<String, String> map) {
    return map.entrySet().stream()
        .filter(entry -> !entry.getKey().equals(PodConfigs.HANDLER_ANNOTATION))
        .map(entry -> entry.getKey() + "=" + GoQuote.quote(entry.getValue()))
        .collect(Collectors.joining("\n"));
  }

  /**
   * A resource of the container, or of the one that the selector names, in units of its divisor.
   * What a container is not limited in is limited by the pod, or else by the node.
   */
  public static String resource(
      ResourceFieldSelector selector, Pod pod, Container container, NodeFacts node)
      throws ContainerConfigException {
    Container of =
        selector.containerName().isEmpty() ? container : named(pod, selector.containerName());
    int dot = selector.resource().indexOf('.');
    String kind = dot < 0 ? "" : selector.resource().substring(0, dot);
    String name = selector.resource().substring(dot + 1);
    boolean known = ALLOCATABLE.contains(name) || name.startsWith("hugepages-");
    if (!known || !(kind.equals("limits") || kind.equals("requests"))) {
      throw new ContainerConfigException("unsupported container resource : " + selector.resource());
    }
    Quantity amount =
        kind.equals("limits")
            ? limit(of, name, pod.spec(), node)
            : of.resources().requests().getOrDefault(name, Quantity.ZERO);
    Quantity divisor = selector.divisor() == null ? ONE : selector.divisor();
    return units(amount, divisor.isZero() ? ONE : divisor, name.equals("cpu"));
  }

  private static Quantity limit(Container of, String name, PodSpec spec, NodeFacts node) {
    Quantity own = of.resources().limits().getOrDefault(name, Quantity.ZERO);
    if (!own.isZero() || !ALLOCATABLE.contains(name)) {
      return own;
    }
    ResourceRequirements ofPod = spec.resources();
    Quantity whole =
        ofPod == null ? Quantity.ZERO : ofPod.limits().getOrDefault(name, Quantity.ZERO);
    return whole.isZero() ? node.allocatable().getOrDefault(name, Quantity.ZERO) : whole;
  }

  private static String units(Quantity amount, Quantity divisor, boolean thousandths) {
    long count = thousandths ? amount.milliValue() : amount.value();
    long unit = thousandths ? divisor.milliValue() : divisor.value();
    return java.math.BigDecimal.valueOf(count)
        .divide(java.math.BigDecimal.valueOf(unit), 0, RoundingMode.CEILING)
        .toPlainString();
  }

  private static Container named(Pod pod, String name) throws ContainerConfigException {
    return Stream.concat(pod.spec().containers().stream(), pod.spec().initContainers().stream())
        .filter(container -> container.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new ContainerConfigException("container " + name + " not found"));
  }
}
