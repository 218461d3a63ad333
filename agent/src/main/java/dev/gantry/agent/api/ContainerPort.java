package dev.gantry.agent.api;

/** A port that a container listens on. */
public record ContainerPort(
    String name,
    int hostPort,
    @Always int containerPort,
    @Default("TCP") Protocol protocol,
    String hostIP) {

  ContainerPort onHostNetwork() {
    return hostPort != 0
        ? this
        : new ContainerPort(name, containerPort, containerPort, protocol, hostIP);
  }
}
