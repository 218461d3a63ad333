package dev.gantry.agent.probe;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.ContainerPort;
import dev.gantry.agent.api.IntOrString;

/** Ports that are given by number or by name. */
public final class Ports {
  private static final int LARGEST = 65535;

  private Ports() {}

  /**
   * The number of a port of a container.
   *
   * @throws IllegalArgumentException when no port has that name, or it is no port
   */
  public static int resolve(IntOrString port, Container container) {
    Integer number = port.number();
    if (number == null) {
      String name = port.toString();
      number =
          container.ports().stream()
              .filter(p -> p.name().equals(name))
              .map(ContainerPort::containerPort)
              .findFirst()
              .orElseGet(() -> parse(name, container));
    }
    if (number < 1 || number > LARGEST) {
      throw new IllegalArgumentException("invalid port number: " + number);
    }
    return number;
  }

  private static int parse(String name, Container container) {
    try {
      return Integer.parseInt(name);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "couldn't find port: \"" + name + "\" in container " + container.name(), e);
    }
  }
}
