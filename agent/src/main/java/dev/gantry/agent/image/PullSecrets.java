package dev.gantry.agent.image;

import dev.gantry.agent.api.Pod;
import dev.gantry.cri.v1.AuthConfig;
import java.util.List;

/** The credentials that a pod's imagePullSecrets have for an image. */
@FunctionalInterface
public interface PullSecrets {
  /** Those that fit the image's registry, the most specific first; empty when there are none. */
  List<AuthConfig> of(Pod pod, String image);
}
