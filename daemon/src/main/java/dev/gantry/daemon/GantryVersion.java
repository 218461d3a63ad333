package dev.gantry.daemon;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of this build. */
public final class GantryVersion {
  /** As in {@code 0.1.0}. */
  public static final String STRING = read();

  private GantryVersion() {}

  private static String read() {
    try (InputStream in = GantryVersion.class.getResourceAsStream("version.properties")) {
      var properties = new Properties();
      properties.load(in);
      return properties.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
