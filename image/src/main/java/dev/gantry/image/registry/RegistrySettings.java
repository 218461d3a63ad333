package dev.gantry.image.registry;

import dev.gantry.image.http.Proxies;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How registries are found and asked. Everything but the files' names is read anew when it changes.
 *
 * @param certsDirs directories of {@code <host>/hosts.toml} or {@code <host>/*.crt}, the first that
 *     has the host wins
 * @param registriesConf containers' registries.conf, whose drop-ins are beside it in {@code
 *     registries.conf.d}; null for none
 * @param shortNameAliases what other tools have recorded about short names, containers'
 *     short-name-aliases.conf; null for none
 * @param authFiles auth.json and config.json files, tried in order
 * @param environment for proxies and for credential helpers
 * @param stall longest wait for the next byte of an answer
 */
public record RegistrySettings(
    List<Path> certsDirs,
    @Nullable Path registriesConf,
    @Nullable Path shortNameAliases,
    List<Path> authFiles,
    Map<String, String> environment,
    Duration stall,
    RetryPolicy retry) {
  /** Where tools of containers that run as root record what a user chose. */
  public static final Path SYSTEM_ALIASES =
      Path.of("/var/cache/containers/short-name-aliases.conf");

  public RegistrySettings {
    certsDirs = List.copyOf(certsDirs);
    authFiles = List.copyOf(authFiles);
    environment = Map.copyOf(environment);
  }

  /** Nothing but these directories: no files of the system, no proxies. */
  public static RegistrySettings of(List<Path> certsDirs) {
    return new RegistrySettings(
        certsDirs, null, null, List.of(), Map.of(), Duration.ofSeconds(60), RetryPolicy.DEFAULT);
  }

  public RegistrySettings withRegistriesConf(Path file) {
    return new RegistrySettings(
        certsDirs, file, shortNameAliases, authFiles, environment, stall, retry);
  }

  public RegistrySettings withShortNameAliases(Path file) {
    return new RegistrySettings(
        certsDirs, registriesConf, file, authFiles, environment, stall, retry);
  }

  public RegistrySettings withAuthFiles(List<Path> files) {
    return new RegistrySettings(
        certsDirs, registriesConf, shortNameAliases, files, environment, stall, retry);
  }

  public RegistrySettings withEnvironment(Map<String, String> variables) {
    return new RegistrySettings(
        certsDirs, registriesConf, shortNameAliases, authFiles, variables, stall, retry);
  }

  public RegistrySettings withStall(Duration limit) {
    return new RegistrySettings(
        certsDirs, registriesConf, shortNameAliases, authFiles, environment, limit, retry);
  }

  public RegistrySettings withRetry(RetryPolicy policy) {
    return new RegistrySettings(
        certsDirs, registriesConf, shortNameAliases, authFiles, environment, stall, policy);
  }

  Proxies proxies() {
    return Proxies.from(environment);
  }
}
