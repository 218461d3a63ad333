package dev.gantry.image.registry;

import dev.gantry.image.Credentials;
import dev.gantry.image.RegistryException;
import dev.gantry.image.RegistryException.Attempt;
import dev.gantry.image.RegistryException.Kind;
import dev.gantry.oci.ImageReference;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Opens sessions with registries; keeps what outlives one pull: tokens, connections, schemes. */
public final class RegistryClient {
  private final HostsDirectory hosts;
  private final Transport transport;
  private final Authorizer authorizer;
  private final RetryPolicy retry;
  private final SchemeMemory schemes = new SchemeMemory();

  /**
   * @param stall longest wait for the next byte of an answer
   */
  public RegistryClient(HostsDirectory hosts, Duration stall, RetryPolicy retry) {
    this.hosts = hosts;
    this.transport = new Transport(stall);
    this.authorizer = new Authorizer(new TokenEndpoint(transport));
    this.retry = retry;
  }

  /**
   * @throws RegistryException when the hosts.toml of this registry does not parse
   */
  public RegistrySession open(ImageReference reference, Credentials credentials)
      throws RegistryException {
    return open(reference, credentials, "pull");
  }

  /**
   * A session whose tokens allow uploads too.
   *
   * @throws RegistryException when the hosts.toml of this registry does not parse
   */
  public RegistrySession openForPush(ImageReference reference, Credentials credentials)
      throws RegistryException {
    return open(reference, credentials, "pull,push");
  }

  private RegistrySession open(ImageReference reference, Credentials credentials, String actions)
      throws RegistryException {
    List<RegistryHost> places;
    try {
      places = hosts.hosts(reference.host());
    } catch (IOException e) {
      throw new RegistryException(
          Kind.CONFIGURATION, List.of(new Attempt(reference.host(), 0, "" + e.getMessage())), e);
    }
    return new RegistrySession(
        transport,
        authorizer,
        schemes,
        retry,
        places,
        reference.repository(),
        actions,
        credentials);
  }
}
