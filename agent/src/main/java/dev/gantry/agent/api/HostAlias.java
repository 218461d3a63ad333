package dev.gantry.agent.api;

import java.util.List;

/** A line of /etc/hosts. */
public record HostAlias(@Always String ip, List<String> hostnames) {
  public HostAlias {
    hostnames = Fields.list(hostnames);
  }
}
