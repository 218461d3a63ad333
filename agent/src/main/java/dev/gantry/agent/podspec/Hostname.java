package dev.gantry.agent.podspec;

import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodSpec;

/**
 * How a pod calls itself.
 *
 * @param name at most 63 characters
 * @param domain its subdomain with all that stands behind it; empty if it has none
 */
public record Hostname(String name, String domain) {
  private static final int MAX_LABEL = 63;
  private static final int MAX_NODENAME = 64;

  /** The pod's name in {@code /etc/hosts}. */
  public static Hostname of(Pod pod, NodeFacts node) {
    PodSpec spec = pod.spec();
    if (spec.hostnameOverride() != null) {
      return new Hostname(shortened(spec.hostnameOverride()), "");
    }
    String name = spec.hostname().isEmpty() ? pod.metadata().name() : spec.hostname();
    String domain =
        spec.subdomain().isEmpty()
            ? ""
            : spec.subdomain() + "." + pod.metadata().namespace() + ".svc." + node.clusterDomain();
    return new Hostname(shortened(name), domain);
  }

  /** The name that the kernel is told: with the domain if the pod wants that. */
  static String ofKernel(Pod pod, NodeFacts node) throws ContainerConfigException {
    Hostname hostname = of(pod, node);
    if (!Boolean.TRUE.equals(pod.spec().setHostnameAsFQDN()) || hostname.domain.isEmpty()) {
      return hostname.name;
    }
    String full = hostname.name + "." + hostname.domain;
    if (full.length() > MAX_NODENAME) {
      throw new ContainerConfigException(
          "failed to construct FQDN from pod hostname and cluster domain, FQDN "
              + full
              + " is too long ("
              + MAX_NODENAME
              + " characters is the max, "
              + full.length()
              + " characters requested)");
    }
    return full;
  }

  private static String shortened(String name) {
    return name.length() <= MAX_LABEL
        ? name
        : name.substring(0, MAX_LABEL).replaceAll("[-.]+$", "");
  }
}
