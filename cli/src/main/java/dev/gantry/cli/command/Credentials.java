package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cri.v1.AuthConfig;
import java.io.Console;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that say who asks a registry. */
final class Credentials {
  @Option(
      names = "--creds",
      paramLabel = "USER[:PASSWORD]",
      defaultValue = "${env:CRICTL_CREDS:-}",
      description = "User and password for the registry (environment: CRICTL_CREDS)")
  private String creds = "";

  @Option(
      names = "--auth",
      paramLabel = "AUTH",
      defaultValue = "${env:CRICTL_AUTH:-}",
      description = "USER:PASSWORD in base64 (environment: CRICTL_AUTH)")
  private String auth = "";

  @Option(
      names = {"-u", "--username"},
      paramLabel = "USER",
      description = "User for the registry; the password is asked for")
  private String username = "";

  /** What the options say; empty when they say nothing. */
  Optional<AuthConfig> authConfig() {
    if (!username.isEmpty()) {
      return Optional.of(auth(username, askForPassword()));
    }
    if (!creds.isEmpty() && !auth.isEmpty()) {
      throw CliFailure.usage("--creds and --auth exclude each other");
    }
    if (!auth.isEmpty()) {
      return Optional.of(AuthConfig.newBuilder().setAuth(auth).build());
    }
    if (creds.isEmpty()) {
      return Optional.empty();
    }
    int colon = creds.indexOf(':');
    if (colon == 0) {
      throw CliFailure.usage("--creds: the user may not be empty");
    }
    return Optional.of(
        colon < 0 ? auth(creds, "") : auth(creds.substring(0, colon), creds.substring(colon + 1)));
  }

  private static AuthConfig auth(String user, String password) {
    return AuthConfig.newBuilder().setUsername(user).setPassword(password).build();
  }

  @SuppressWarnings("SystemConsoleNull") // JDK 25 went back to null where there is no terminal
  private static String askForPassword() {
    Console console = System.console();
    if (console == null) {
      throw CliFailure.usage("--username asks for a password, which needs a terminal")
          .advise("without one: --creds USER:PASSWORD");
    }
    char[] password = console.readPassword("Password: ");
    return password == null ? "" : new String(password);
  }
}
