package dev.gantry.agent.api;

import java.util.List;

/** What is added to a pod's resolv.conf. */
public record PodDNSConfig(
    List<String> nameservers, List<String> searches, List<PodDNSConfigOption> options) {
  public PodDNSConfig {
    nameservers = Fields.list(nameservers);
    searches = Fields.list(searches);
    options = Fields.list(options);
  }
}
