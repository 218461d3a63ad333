package dev.gantry.network;

import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The subnets that a built-in bridge may take: of 1,022 addresses, as a Linux bridge has at most
 * 1,024 ports, and away from where the usual networks of clusters, containers and clouds are
 * (10.42–10.43 k3s, 10.85 CRI-O, 10.88 Podman, 10.96 and 10.244 kubeadm, 10.128 OpenShift,
 * 172.17–172.20 Docker).
 */
final class SubnetCandidates {
  static final String DESCRIPTION = "10.192.0.0–10.243.255.255 and 172.24.0.0–172.31.255.255";
  private static final int PREFIX = 22;
  private static final int IN_10 = 52 * 64;
  private static final int IN_172 = 8 * 64;

  private SubnetCandidates() {}

  /** All of them once, from the one that the number picks. */
  static Stream<Subnet> startingAt(int number) {
    int count = IN_10 + IN_172;
    int start = Integer.remainderUnsigned(number, count);
    return IntStream.range(0, count).mapToObj(i -> candidate((start + i) % count));
  }

  private static Subnet candidate(int index) {
    int base = index < IN_10 ? 10 << 24 | 192 << 16 : 172 << 24 | 24 << 16;
    int within = index < IN_10 ? index : index - IN_10;
    return new Subnet(base + (within << (32 - PREFIX)), PREFIX);
  }
}
