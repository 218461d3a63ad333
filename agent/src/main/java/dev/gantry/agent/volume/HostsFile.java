package dev.gantry.agent.volume;

import dev.gantry.agent.api.HostAlias;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.podspec.Hostname;
import dev.gantry.agent.podspec.NodeFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A pod's {@code /etc/hosts}. */
final class HostsFile {
  private static final String HEADER = "# Kubernetes-managed hosts file.\n";
  private static final String NODE_HEADER = "# Kubernetes-managed hosts file (host network).\n";
  private static final String FIXED =
      """
      127.0.0.1\tlocalhost
      ::1\tlocalhost ip6-localhost ip6-loopback
      fe00::0\tip6-localnet
      fe00::0\tip6-mcastprefix
      fe00::1\tip6-allnodes
      fe00::2\tip6-allrouters
      """;

  private HostsFile() {}

  /** With the pod's addresses, or for a pod on the node's network with the node's own file. */
  static String of(Pod pod, NodeFacts node, List<String> podIps) throws IOException {
    StringBuilder text = new StringBuilder();
    if (pod.spec().hostNetwork()) {
      text.append(NODE_HEADER).append(Files.readString(Path.of("/etc/hosts")));
    } else {
      Hostname name = Hostname.of(pod, node);
      text.append(HEADER).append(FIXED);
      for (String ip : podIps) {
        text.append(ip).append('\t');
        if (!name.domain().isEmpty()) {
          text.append(name.name()).append('.').append(name.domain()).append('\t');
        }
        text.append(name.name()).append('\n');
      }
    }
    if (!pod.spec().hostAliases().isEmpty()) {
      text.append("\n# Entries added by HostAliases.\n");
      for (HostAlias alias : pod.spec().hostAliases()) {
        text.append(alias.ip())
            .append('\t')
            .append(String.join("\t", alias.hostnames()))
            .append('\n');
      }
    }
    return text.toString();
  }
}
