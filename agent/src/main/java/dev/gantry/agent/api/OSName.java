package dev.gantry.agent.api;

/** The operating system of a pod. */
public enum OSName {
  linux,
  windows
}
