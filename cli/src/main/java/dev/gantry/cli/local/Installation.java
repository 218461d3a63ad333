package dev.gantry.cli.local;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where this Gantry is installed: the directory above {@code bin/gantry} and {@code lib}. */
public final class Installation {
  private Installation() {}

  /**
   * The program by which a daemon is started as a process of its own.
   *
   * @throws CliFailure when this program does not run out of an installation
   */
  public static Path program(Session session) {
    String home = session.environment("GANTRY_HOME");
    Path program = (home == null ? besideJar() : Path.of(home)).resolve("bin/gantry");
    if (!Files.isExecutable(program)) {
      throw CliFailure.of("start a daemon: no program " + program)
          .advise("run it by bin/gantry of an installation, or by ./gantry of a checkout");
    }
    return program;
  }

  // <home>/lib/gantry.jar
  private static Path besideJar() {
    var source = Installation.class.getProtectionDomain().getCodeSource();
    try {
      File jar = new File(source.getLocation().toURI());
      Path lib = jar.toPath().toAbsolutePath().getParent();
      Path home = lib == null ? null : lib.getParent();
      return home == null ? Path.of("/") : home;
    } catch (URISyntaxException e) {
      throw CliFailure.of("find the installation: " + e.getMessage(), e);
    }
  }
}
