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
  static final String DESCRIPTION =
      "10.192.0.0–10.243.255.255, 172.24.0.0–172.31.255.255 and 192.168.64.0–192.168.255.255";

  private static final int PREFIX = 22;
  private static final int SIZE = 1 << (32 - PREFIX);

  private static final int IN_10 = 52 * 64;
  private static final int IN_172 = 8 * 64;

  /** Where home networks are: only when a company's routes cover the rest. */
  private static final int IN_192 = 48;

  private SubnetCandidates() {}

  /** All of them once, from the one that the number picks. */
  static Stream<Subnet> startingAt(int number) {
    return Stream.concat(
        rotated(IN_10 + IN_172, number)
            .mapToObj(i -> i < IN_10 ? nth("10.192.0.0/10", i) : nth("172.24.0.0/13", i - IN_10)),
        rotated(IN_192, number).mapToObj(i -> nth("192.168.64.0/18", i)));
  }

  private static IntStream rotated(int count, int number) {
    int start = Integer.remainderUnsigned(number, count);
    return IntStream.range(start, start + count).map(i -> i % count);
  }

  private static Subnet nth(String range, int index) {
    return new Subnet(Subnet.parse(range).address() + index * SIZE, PREFIX);
  }
}
