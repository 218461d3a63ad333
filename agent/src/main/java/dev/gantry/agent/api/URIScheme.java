package dev.gantry.agent.api;

/** How an HTTP probe or hook connects. */
public enum URIScheme {
  HTTP,
  HTTPS
}
