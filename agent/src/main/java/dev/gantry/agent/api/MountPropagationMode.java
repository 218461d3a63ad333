package dev.gantry.agent.api;

/** Whether mounts made later on one side show on the other. */
public enum MountPropagationMode {
  None,
  HostToContainer,
  Bidirectional
}
