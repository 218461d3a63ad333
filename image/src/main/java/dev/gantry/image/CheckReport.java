package dev.gantry.image;

import java.util.List;

/**
 * What {@link ImageChecker} found.
 *
 * @param images records that were checked
 * @param layers that were checked
 */
public record CheckReport(int images, int layers, List<CheckFinding> findings) {
  public CheckReport {
    findings = List.copyOf(findings);
  }

  /** Whether everything is as it should be now. */
  public boolean isSound() {
    return findings.stream().allMatch(CheckFinding::repaired);
  }
}
