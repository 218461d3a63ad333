package dev.gantry.agent.manifest;

/**
 * One thing that is wrong with a manifest.
 *
 * @param file as the caller named it
 * @param line counted from 1
 * @param object as in {@code Pod/default/web}; empty while it is not known
 * @param field as in {@code spec.containers[0].image}; empty when it is about the whole
 * @param message what is wrong and what to do
 */
public record Problem(String file, int line, String object, String field, String message) {
  @Override
  public String toString() {
    return file
        + ":"
        + line
        + ": "
        + (object.isEmpty() ? "" : object + ": ")
        + (field.isEmpty() ? "" : field + ": ")
        + message;
  }
}
