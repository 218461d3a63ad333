package dev.gantry.cli.local;

import dev.gantry.cli.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An installation of the classes under test: {@code bin/gantry} starts a JVM on their class path.
 */
public final class InstalledGantry {
  private final Path home;

  /** Makes one in an existing directory. */
  public InstalledGantry(Path home) throws IOException {
    this.home = home;
    Path program = Files.createDirectories(home.resolve("bin")).resolve("gantry");
    Files.writeString(
        program,
        """
        #!/bin/sh
        # Who runs the tests in the background ignores SIGINT, and so would all that he starts.
        exec env --default-signal '%s/bin/java' --enable-native-access=ALL-UNNAMED \\
          --sun-misc-unsafe-memory-access=allow -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \\
          -cp '%s' %s "$@"
        """
            .formatted(
                System.getProperty("java.home"),
                System.getProperty("java.class.path"),
                Main.class.getName()));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** The environment by which commands find it. */
  public Map<String, String> environment() {
    return Map.of("GANTRY_HOME", home.toString());
  }

  /** Starts a command as a process; its standard error goes to a file. */
  public Process start(Path errors, String... arguments) throws IOException {
    return start(errors, environment(), arguments);
  }

  /** Starts a command as a process with more variables in its environment. */
  public Process start(Path errors, Map<String, String> more, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(home.resolve("bin/gantry").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    builder.environment().putAll(more);
    builder.environment().remove("CONTAINER_RUNTIME_ENDPOINT");
    return builder.start();
  }
}
