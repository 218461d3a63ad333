package dev.gantry.cli;

/** The version of this program, from the manifest of its jar. */
public final class GantryVersion {
  private GantryVersion() {}

  /** As in {@code 0.1.0}; {@code unreleased} when it runs out of class files. */
  public static String current() {
    String version = GantryVersion.class.getPackage().getImplementationVersion();
    return version == null ? "unreleased" : version;
  }
}
