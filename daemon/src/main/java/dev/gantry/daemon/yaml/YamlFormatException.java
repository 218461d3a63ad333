package dev.gantry.daemon.yaml;

/** A file does not say what it should; the message names the place in it. */
public final class YamlFormatException extends Exception {
  private static final long serialVersionUID = 1L;

  public YamlFormatException(String message) {
    super(message);
  }

  YamlFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
