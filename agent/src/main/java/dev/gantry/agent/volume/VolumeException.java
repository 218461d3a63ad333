package dev.gantry.agent.volume;

/** A volume that cannot be set up as things are; the pod waits and shows this as FailedMount. */
public final class VolumeException extends Exception {
  private static final long serialVersionUID = 1L;

  /** With the kubelet's message. */
  public VolumeException(String message) {
    super(message);
  }

  /** With the kubelet's message and the cause. */
  public VolumeException(String message, Throwable cause) {
    super(message, cause);
  }
}
