package dev.gantry.image;

import java.util.List;

/**
 * What {@link ImageStore#prune} took away, or would.
 *
 * @param images as they were before
 * @param bytes disk space that became free; layers that other images share do not count
 * @param inodes that became free
 */
public record PruneReport(List<StoredImage> images, long bytes, long inodes) {
  public PruneReport {
    images = List.copyOf(images);
  }
}
