package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** The files of an image. */
public record ImageVolumeSource(String reference, @Nullable PullPolicy pullPolicy) {
  public ImageVolumeSource {
    if (pullPolicy == null && !reference.isEmpty()) {
      pullPolicy = ImageNames.isLatest(reference) ? PullPolicy.Always : PullPolicy.IfNotPresent;
    }
  }
}
