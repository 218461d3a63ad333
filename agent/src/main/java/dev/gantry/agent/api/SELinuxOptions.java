package dev.gantry.agent.api;

/** The parts of an SELinux label. */
public record SELinuxOptions(String user, String role, String type, String level) {}
