package dev.gantry.oci.runtime;

import dev.gantry.oci.Values;
import io.avaje.jsonb.Json;
import java.util.List;

/** The programs that the runtime calls at points of a container's life. */
@Json
public record Hooks(
    List<Hook> prestart,
    List<Hook> createRuntime,
    List<Hook> createContainer,
    List<Hook> startContainer,
    List<Hook> poststart,
    List<Hook> poststop) {
  public Hooks {
    prestart = Values.list(prestart);
    createRuntime = Values.list(createRuntime);
    createContainer = Values.list(createContainer);
    startContainer = Values.list(startContainer);
    poststart = Values.list(poststart);
    poststop = Values.list(poststop);
  }
}
