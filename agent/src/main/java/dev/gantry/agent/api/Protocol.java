package dev.gantry.agent.api;

/** The transport of a port. */
public enum Protocol {
  TCP,
  UDP,
  SCTP
}
