package dev.gantry.cli.command;

import dev.gantry.cli.output.Human;
import dev.gantry.cli.output.OutputFormat;
import picocli.CommandLine.Option;

/** How a list is printed. */
final class ListOptions {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "json, yaml or table (default)")
  OutputFormat format = OutputFormat.TABLE;

  @Option(
      names = {"-q", "--quiet"},
      description = "Only ids, one on a line")
  boolean quiet;

  @Option(names = "--no-trunc", description = "Whole ids")
  boolean noTrunc;

  /** An id as the options want it. */
  String id(String id) {
    return noTrunc ? id : Human.shortId(id);
  }

  /** An image's id or digest as the options want it. */
  String digest(String digest) {
    return noTrunc ? digest : Human.shortDigest(digest);
  }
}
