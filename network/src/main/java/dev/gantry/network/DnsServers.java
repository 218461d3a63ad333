package dev.gantry.network;

import java.util.List;

/** The pod's resolver configuration, for plug-ins with the capability {@code dns}. */
public record DnsServers(List<String> servers, List<String> searches, List<String> options) {
  public static final DnsServers NONE = new DnsServers(List.of(), List.of(), List.of());

  public DnsServers {
    servers = List.copyOf(servers);
    searches = List.copyOf(searches);
    options = List.copyOf(options);
  }

  boolean isEmpty() {
    return servers.isEmpty() && searches.isEmpty() && options.isEmpty();
  }

  Json.Obj toJson() {
    return Json.Obj.EMPTY
        .with("servers", Json.Arr.ofStrings(servers))
        .with("searches", Json.Arr.ofStrings(searches))
        .with("options", Json.Arr.ofStrings(options));
  }
}
