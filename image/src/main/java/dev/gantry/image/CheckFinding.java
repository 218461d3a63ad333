package dev.gantry.image;

import java.util.List;

/**
 * Something in the store that is not as it should be.
 *
 * @param subject {@code layer <id>} or {@code image <id>}
 * @param images names, or ids where there are none, of the images that need it
 * @param problem what is wrong
 * @param repaired whether it is as it should be again
 * @param outcome what was done, or why it could not be; empty when no repair was asked for
 */
public record CheckFinding(
    String subject, List<String> images, String problem, boolean repaired, String outcome) {
  public CheckFinding {
    images = List.copyOf(images);
  }
}
