package dev.gantry.cli.command;

import dev.gantry.cli.output.OutputFormat;
import picocli.CommandLine.Option;

/** How a status is printed. */
final class InspectOptions {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "json",
      description = "json (default), yaml or table")
  OutputFormat format = OutputFormat.JSON;

  @Option(
      names = {"-q", "--quiet"},
      description = "Without the runtime's own verbose information")
  boolean quiet;
}
