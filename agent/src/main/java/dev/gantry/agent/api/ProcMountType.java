package dev.gantry.agent.api;

/** Whether parts of /proc are masked. */
public enum ProcMountType {
  Default,
  Unmasked
}
