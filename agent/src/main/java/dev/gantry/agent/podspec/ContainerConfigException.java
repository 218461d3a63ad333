package dev.gantry.agent.podspec;

/**
 * A container cannot be created as things are: what it names is missing or does not fit. The
 * waiting container shows {@code CreateContainerConfigError} and this message; it is tried again.
 */
public final class ContainerConfigException extends Exception {
  private static final long serialVersionUID = 1L;

  /** With the kubelet's message. */
  public ContainerConfigException(String message) {
    super(message);
  }
}
