package dev.gantry.agent.api;

/** Which AppArmor profile confines a container. */
public enum AppArmorProfileType {
  Unconfined,
  RuntimeDefault,
  Localhost
}
