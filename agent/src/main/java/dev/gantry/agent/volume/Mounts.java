package dev.gantry.agent.volume;

import dev.gantry.agent.api.ImageVolumeSource;
import java.nio.file.Path;
import java.util.Map;

/**
 * A pod's volumes, ready to be mounted.
 *
 * @param paths where each volume is, by its name
 * @param images the image volumes, which the runtime mounts once they are pulled
 */
public record Mounts(Map<String, Path> paths, Map<String, ImageVolumeSource> images) {
  public Mounts {
    paths = Map.copyOf(paths);
    images = Map.copyOf(images);
  }
}
