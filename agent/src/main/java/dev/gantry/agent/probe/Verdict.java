package dev.gantry.agent.probe;

/** What the answers to a probe have come to. */
public enum Verdict {
  UNKNOWN,
  SUCCESS,
  FAILURE
}
