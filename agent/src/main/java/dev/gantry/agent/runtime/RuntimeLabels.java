package dev.gantry.agent.runtime;

/**
 * The labels and annotations by which a kubelet, and every tool that knows one, finds its pods and
 * containers again; kubelet/types/labels.go and kuberuntime/labels.go name them.
 */
public final class RuntimeLabels {
  public static final String POD_NAME = "io.kubernetes.pod.name";
  public static final String POD_NAMESPACE = "io.kubernetes.pod.namespace";
  public static final String POD_UID = "io.kubernetes.pod.uid";
  public static final String CONTAINER_NAME = "io.kubernetes.container.name";

  public static final String RESTART_COUNT = "io.kubernetes.container.restartCount";
  public static final String TERMINATION_PATH = "io.kubernetes.container.terminationMessagePath";
  public static final String TERMINATION_POLICY =
      "io.kubernetes.container.terminationMessagePolicy";
  public static final String GRACE_PERIOD = "io.kubernetes.pod.terminationGracePeriod";

  /**
   * Whose pod it is. Two agents, or an agent and a kubelet, may share a runtime: each looks only at
   * what bears its own id, so none takes another's pods for its own orphans.
   */
  public static final String AGENT = "dev.gantry.agent";

  /** Of what may change in a running pod, its image: another one makes a new container. */
  public static final String SPEC_HASH = "io.kubernetes.container.hash";

  /** The pod's preStop hooks and the like, for the time when its manifest is gone. */
  public static final String PRE_STOP = "io.kubernetes.container.preStopHandler";

  private RuntimeLabels() {}
}
