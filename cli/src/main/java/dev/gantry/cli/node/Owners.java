package dev.gantry.cli.node;

import dev.gantry.agent.api.Deployment;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.manifest.Replicas;

/** Whose replica a pod is. */
public final class Owners {
  private Owners() {}

  /** Whether a pod is one of the named deployment, of its present template or an earlier one. */
  public static boolean isOf(Pod pod, String deployment) {
    return pod.metadata().ownerReferences().stream()
        .anyMatch(owner -> {
          int dash = owner.name().lastIndexOf('-');
          return owner.kind().equals("ReplicaSet")
              && dash > 0
              && owner.name().substring(0, dash).equals(deployment);
        });
  }

  /** Whether a pod is one that a deployment wants as it is now. */
  public static boolean isWanted(Pod pod, Deployment deployment) {
    String set = deployment.metadata().name() + "-" + Replicas.hash(deployment);
    return pod.metadata().namespace().equals(deployment.metadata().namespace())
        && pod.metadata().ownerReferences().stream().anyMatch(owner -> owner.name().equals(set));
  }
}
