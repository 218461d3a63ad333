package dev.gantry.linux.cgroup;

/** Which control group hierarchies a host has. */
public enum CgroupMode {
  /** Version 1 hierarchies only. */
  V1,
  /**
   * Version 1 hierarchies hold the controllers; a version 2 one is mounted beside them, which
   * Gantry leaves alone.
   */
  HYBRID,
  /** One version 2 hierarchy. */
  V2
}
