package dev.gantry.network;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What a pod wants of its network.
 *
 * @param podId the CNI container id; the journal's file name derives from it
 * @param netns the pinned network namespace
 * @param annotations the pod's own; {@code kubernetes.io/ingress-bandwidth} and {@code
 *     …/egress-bandwidth} are read, and plug-ins that ask for them by capability see all
 * @param ipRanges subnets to choose the addresses from, for plug-ins with the capability {@code
 *     ipRanges}
 * @param guest whether a kernel of the pod's own, as gVisor's, takes the addresses of its interface
 *     over, so that its DEL does not find them there
 */
public record AttachRequest(
    String podId,
    String podName,
    String podNamespace,
    String podUid,
    Path netns,
    List<PortMapping> ports,
    Map<String, String> annotations,
    DnsServers dns,
    List<String> ipRanges,
    boolean guest) {

  /** Container ids as the CNI specification (section 2, "CNI_CONTAINERID") allows them. */
  private static final Pattern CONTAINER_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}");

  public AttachRequest {
    requirePodId(podId);
    requireArgument("pod name", podName);
    requireArgument("pod namespace", podNamespace);
    requireArgument("pod uid", podUid);
    if (!netns.isAbsolute()) {
      throw new IllegalArgumentException("network namespace path " + netns + " is not absolute");
    }
    ports = List.copyOf(ports);
    annotations = Map.copyOf(annotations);
    ipRanges = List.copyOf(ipRanges);
  }

  /** A request without resolver configuration and address ranges. */
  public AttachRequest(
      String podId,
      String podName,
      String podNamespace,
      String podUid,
      Path netns,
      List<PortMapping> ports,
      Map<String, String> annotations) {
    this(
        podId,
        podName,
        podNamespace,
        podUid,
        netns,
        ports,
        annotations,
        DnsServers.NONE,
        List.of(),
        false);
  }

  /** The same for a pod with a kernel of its own, or not. */
  public AttachRequest withGuest(boolean value) {
    return new AttachRequest(
        podId, podName, podNamespace, podUid, netns, ports, annotations, dns, ipRanges, value);
  }

  /** The same with a resolver configuration. */
  public AttachRequest withDns(DnsServers servers) {
    return new AttachRequest(
        podId, podName, podNamespace, podUid, netns, ports, annotations, servers, ipRanges, guest);
  }

  /** The same with a choice of subnets. */
  public AttachRequest withIpRanges(List<String> subnets) {
    return new AttachRequest(
        podId, podName, podNamespace, podUid, netns, ports, annotations, dns, subnets, guest);
  }

  private static void requirePodId(String podId) {
    if (!CONTAINER_ID.matcher(podId).matches()) {
      throw new IllegalArgumentException("pod id \"" + podId + "\" is no CNI container id");
    }
  }

  /** CNI_ARGS is a list of pairs between semicolons: a value with one would forge another pair. */
  private static void requireArgument(String what, String value) {
    if (value.chars().anyMatch(c -> c == ';' || c < ' ')) {
      throw new IllegalArgumentException(
          what
              + " \""
              + value
              + "\" holds a semicolon or a control character, which CNI_ARGS cannot carry");
    }
  }

  /** The value of CNI_ARGS, with the names that every Kubernetes plug-in knows. */
  String cniArgs() {
    return "IgnoreUnknown=1;K8S_POD_NAMESPACE="
        + podNamespace
        + ";K8S_POD_NAME="
        + podName
        + ";K8S_POD_INFRA_CONTAINER_ID="
        + podId
        + ";K8S_POD_UID="
        + podUid;
  }
}
