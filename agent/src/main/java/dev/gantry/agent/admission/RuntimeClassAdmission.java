package dev.gantry.agent.admission;

import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.RuntimeClass;
import java.util.Optional;
import java.util.function.Function;

/** What a pod's RuntimeClass makes of it when it is created: the API server's admission plug-in. */
@SuppressWarnings("DoNotCallSuggester")
public final class RuntimeClassAdmission {
  private RuntimeClassAdmission() {}

  /**
   * Injects overhead, node selector and tolerations of the class, and notes its handler. Called
   * once, when the pod is new.
   *
   * @param classes a class by its name
   */
  public static Decision admit(Pod pod, Function<String, Optional<RuntimeClass>> classes) {
    throw new UnsupportedOperationException(pod.reference() + classes);
  }
}
