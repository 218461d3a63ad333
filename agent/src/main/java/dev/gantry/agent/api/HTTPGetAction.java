package dev.gantry.agent.api;

import java.util.List;

/** A GET to the container. */
public record HTTPGetAction(
    @Default("/") String path,
    IntOrString port,
    String host,
    @Default("HTTP") URIScheme scheme,
    List<HTTPHeader> httpHeaders) {
  public HTTPGetAction {
    httpHeaders = Fields.list(httpHeaders);
    path = path.isEmpty() ? "/" : path;
  }
}
