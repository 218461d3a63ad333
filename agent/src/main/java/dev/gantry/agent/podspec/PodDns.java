package dev.gantry.agent.podspec;

import dev.gantry.agent.api.DNSPolicy;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodDNSConfig;
import dev.gantry.agent.api.PodDNSConfigOption;
import dev.gantry.agent.api.PodSpec;
import dev.gantry.cri.v1.DNSConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A pod's resolv.conf: its policy's, with what its {@code dnsConfig} adds, within glibc's limits.
 */
final class PodDns {
  private static final int MAX_NAMESERVERS = 3;
  private static final int MAX_SEARCHES = 32;
  private static final int MAX_SEARCH_CHARACTERS = 2048;
  private static final int MAX_DOMAIN = 253;
  private static final ResolvConf EMPTY = new ResolvConf(List.of(), List.of(), List.of());

  private PodDns() {}

  static DNSConfig of(Pod pod, NodeFacts node) {
    ResolvConf base = base(pod, node);
    PodDNSConfig more = pod.spec().dnsConfig();
    ResolvConf all = more == null ? base : merged(base, more);
    return DNSConfig.newBuilder()
        .addAllServers(all.nameservers().stream().limit(MAX_NAMESERVERS).toList())
        .addAllSearches(fitting(all.searches()))
        .addAllOptions(all.options())
        .build();
  }

  private static ResolvConf base(Pod pod, NodeFacts node) {
    PodSpec spec = pod.spec();
    if (spec.dnsPolicy() == DNSPolicy.None) {
      return EMPTY;
    }
    boolean cluster =
        spec.dnsPolicy() == DNSPolicy.ClusterFirstWithHostNet
            || (spec.dnsPolicy() == DNSPolicy.ClusterFirst && !spec.hostNetwork());
    if (!cluster || node.clusterDns().isEmpty()) {
      return node.resolvConf();
    }
    return new ResolvConf(node.clusterDns(), clusterSearches(pod, node), List.of("ndots:5"));
  }

  private static List<String> clusterSearches(Pod pod, NodeFacts node) {
    String domain = node.clusterDomain();
    List<String> own = node.resolvConf().searches();
    if (domain.isEmpty()) {
      return own;
    }
    return Stream.concat(
            Stream.of(pod.metadata().namespace() + ".svc." + domain, "svc." + domain, domain),
            own.stream())
        .distinct()
        .toList();
  }

  private static ResolvConf merged(ResolvConf base, PodDNSConfig more) {
    Map<String, String> options = new LinkedHashMap<>();
    base.options().forEach(option -> options.put(ResolvConf.optionName(option), option));
    for (PodDNSConfigOption option : more.options()) {
      String value = option.value();
      options.put(
          option.name(),
          value == null || value.isEmpty() ? option.name() : option.name() + ":" + value);
    }
    return new ResolvConf(
        Stream.concat(base.nameservers().stream(), more.nameservers().stream()).distinct().toList(),
        Stream.concat(base.searches().stream(), more.searches().stream()).distinct().toList(),
        List.copyOf(options.values()));
  }

  private static List<String> fitting(List<String> searches) {
    List<String> kept =
        new ArrayList<>(
            searches.stream()
                .limit(MAX_SEARCHES)
                .filter(domain -> domain.length() <= MAX_DOMAIN)
                .toList());
    while (String.join(" ", kept).length() > MAX_SEARCH_CHARACTERS) {
      kept.removeLast();
    }
    return kept;
  }
}
