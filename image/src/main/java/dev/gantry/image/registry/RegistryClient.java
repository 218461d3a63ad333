package dev.gantry.image.registry;

import dev.gantry.image.Credentials;
import dev.gantry.image.RegistryException;
import dev.gantry.image.RegistryException.Attempt;
import dev.gantry.image.RegistryException.Kind;
import dev.gantry.image.http.HttpClient;
import dev.gantry.oci.ImageReference;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Opens sessions with registries; keeps what outlives one pull: tokens, connections, schemes. */
public final class RegistryClient {
  private final RegistryHosts hosts;

  /** Of short names, by other tools. */
  private final RegistriesConf recorded;

  private final AuthFiles authFiles;
  private final HostCall.Shared shared;
  private final RetryPolicy retry;

  public RegistryClient(RegistrySettings settings) {
    var http = new HttpClient(settings.stall(), settings.proxies());
    this.hosts = RegistryHosts.of(settings);
    this.recorded = new RegistriesConf(settings.shortNameAliases());
    this.authFiles =
        new AuthFiles(
            settings.authFiles(),
            new CredentialHelper(settings.environment()),
            hosts.registriesConf());
    this.shared =
        new HostCall.Shared(
            http, new Authorizer(new TokenEndpoint(http)), new SchemeMemory(), new HostHealth());
    this.retry = settings.retry();
  }

  /**
   * A client that knows these directories alone.
   *
   * @param stall longest wait for the next byte of an answer
   */
  public RegistryClient(HostsDirectory hosts, Duration stall, RetryPolicy retry) {
    this(RegistrySettings.of(hosts.roots()).withStall(stall).withRetry(retry));
  }

  /**
   * @throws RegistryException when the configuration of this registry does not parse, or blocks it
   */
  public RegistrySession open(ImageReference reference, Credentials credentials)
      throws RegistryException {
    return open(reference, credentials, "pull");
  }

  /**
   * A session whose tokens allow uploads too.
   *
   * @throws RegistryException when the configuration of this registry does not parse, or blocks it
   */
  public RegistrySession openForPush(ImageReference reference, Credentials credentials)
      throws RegistryException {
    return open(reference, credentials, "pull,push");
  }

  /** What short names may stand for on this node. */
  public ShortNames shortNames() {
    return new ShortNames(hosts.registriesConf(), recorded);
  }

  private RegistrySession open(ImageReference reference, Credentials credentials, String actions)
      throws RegistryException {
    List<RegistryHost> places;
    try {
      places = actions.equals("pull") ? hosts.places(reference) : hosts.pushPlaces(reference);
    } catch (IOException e) {
      throw new RegistryException(
          Kind.CONFIGURATION, List.of(new Attempt(reference.host(), 0, "" + e.getMessage())), e);
    }
    var calls =
        new HostCall(shared, reference.repository(), actions, new Keyring(credentials, authFiles));
    return new RegistrySession(calls, shared.health(), retry, places);
  }
}
