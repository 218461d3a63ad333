package dev.gantry.agent.api;

import java.util.List;

/** A command in the container; no shell is around it. */
public record ExecAction(List<String> command) {
  public ExecAction {
    command = Fields.list(command);
  }
}
