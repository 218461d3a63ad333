package dev.gantry.cli.command;

import dev.gantry.streaming.client.Transport;
import picocli.CommandLine.Option;

/** How streams are carried, as crictl has it. */
final class TransportOption {
  @Option(
      names = "--transport",
      paramLabel = "TRANSPORT",
      defaultValue = "spdy",
      description = "Protocol of the stream: ${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}")
  private Transport transport = Transport.SPDY;

  Transport chosen() {
    return transport;
  }
}
