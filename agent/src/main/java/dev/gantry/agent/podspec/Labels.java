package dev.gantry.agent.podspec;

/** The labels and annotations by which a kubelet finds its pods and containers again. */
public final class Labels {
  /** The pod's name; on sandboxes and containers. */
  public static final String POD_NAME = "io.kubernetes.pod.name";

  /** The pod's namespace; on sandboxes and containers. */
  public static final String POD_NAMESPACE = "io.kubernetes.pod.namespace";

  /** The pod's uid; on sandboxes and containers. */
  public static final String POD_UID = "io.kubernetes.pod.uid";

  /** The container's name. */
  public static final String CONTAINER_NAME = "io.kubernetes.container.name";

  /** An annotation: what of the container makes it another one, {@link PodConfigs#hash}. */
  public static final String HASH = "io.kubernetes.container.hash";

  /** An annotation: how often the container was started before. */
  public static final String RESTART_COUNT = "io.kubernetes.container.restartCount";

  /** An annotation: where the container writes its last words. */
  public static final String TERMINATION_MESSAGE_PATH =
      "io.kubernetes.container.terminationMessagePath";

  /** An annotation: where its last words are looked for. */
  public static final String TERMINATION_MESSAGE_POLICY =
      "io.kubernetes.container.terminationMessagePolicy";

  /** An annotation: the preStop hook in JSON, for a pod that is known no more. */
  public static final String PRE_STOP = "io.kubernetes.container.preStopHandler";

  /** An annotation: the container's ports in JSON, for hooks of a pod that is known no more. */
  public static final String PORTS = "io.kubernetes.container.ports";

  /** An annotation: the grace that was asked for when the pod was deleted. */
  public static final String DELETION_GRACE_PERIOD = "io.kubernetes.pod.deletionGracePeriod";

  /** An annotation: the pod's own grace. */
  public static final String TERMINATION_GRACE_PERIOD = "io.kubernetes.pod.terminationGracePeriod";

  private Labels() {}
}
