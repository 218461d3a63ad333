package dev.gantry.agent.podspec;

import java.util.List;

/**
 * A resolv.conf.
 *
 * @param nameservers addresses, in order
 * @param searches domains, in order
 * @param options as {@code ndots:5}
 */
public record ResolvConf(List<String> nameservers, List<String> searches, List<String> options) {
  public ResolvConf {
    nameservers = List.copyOf(nameservers);
    searches = List.copyOf(searches);
    options = List.copyOf(options);
  }
}
