package dev.gantry.image.policy;

import java.util.List;
import java.util.Map;

/**
 * A policy as it was read.
 *
 * @param transports requirements by transport and scope
 */
record PolicyFile(
    List<Requirement> byDefault, Map<String, Map<String, List<Requirement>>> transports) {

  /** The requirements of the most specific scope; more general ones do not count beside it. */
  List<Requirement> requirements(ImageOrigin origin) {
    Map<String, List<Requirement>> scopes = transports.get(origin.transport());
    if (scopes != null) {
      for (String scope : origin.scopes()) {
        List<Requirement> found = scopes.get(scope);
        if (found != null) {
          return found;
        }
      }
    }
    return byDefault;
  }
}
