package dev.gantry.agent.api;

import java.util.List;

/** Capabilities more and fewer than the runtime's usual ones. */
public record Capabilities(List<String> add, List<String> drop) {
  public Capabilities {
    add = Fields.list(add);
    drop = Fields.list(drop);
  }
}
