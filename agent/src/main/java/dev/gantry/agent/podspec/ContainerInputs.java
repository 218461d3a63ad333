package dev.gantry.agent.podspec;

import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.UserNamespace;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was found out for one container before its configuration is made.
 *
 * @param restartCount how often it was started before
 * @param imageRef the image's id, as the runtime's ImageStatus or PullImage gave it
 * @param imageUid the image's user, when that is a number
 * @param imageUsername the image's user, when that is a name; else empty
 * @param env what {@link Environment#resolve} made, in its order
 * @param mounts what the volumes gave
 * @param targetContainerId the container whose processes an ephemeral container sees
 * @param userns the pod's user namespace, if it has one
 */
public record ContainerInputs(
    int restartCount,
    String imageRef,
    @Nullable Long imageUid,
    String imageUsername,
    Map<String, String> env,
    List<Mount> mounts,
    @Nullable String targetContainerId,
    @Nullable UserNamespace userns) {
  public ContainerInputs {
    env = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(env));
    mounts = List.copyOf(mounts);
  }
}
