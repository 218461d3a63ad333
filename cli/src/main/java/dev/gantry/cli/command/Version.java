package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.GantryVersion;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cri.v1.VersionResponse;
import picocli.CommandLine.Command;

/** {@code gantry version}: of this program and of the runtime. */
@Command(name = "version", description = "Display the versions of this program and of the runtime")
final class Version extends CriCommand {
  Version(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    try {
      VersionResponse version = Calls.version(client);
      // Two blanks after the colon, as crictl prints it.
      out().println("Version:  " + version.getVersion());
      out().println("RuntimeName:  " + version.getRuntimeName());
      out().println("RuntimeVersion:  " + version.getRuntimeVersion());
      out().println("RuntimeApiVersion:  " + version.getRuntimeApiVersion());
      out().println("ClientVersion:  " + GantryVersion.current());
      return 0;
    } catch (CliFailure e) {
      out().println("ClientVersion:  " + GantryVersion.current());
      out().flush();
      throw e;
    }
  }
}
