package dev.gantry.image.http;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How to make TLS connections to one host.
 *
 * @param authorities PEM files with further certificate authorities beside the system's
 * @param clients certificates to show when the server asks
 * @param skipVerify take any certificate
 */
public record Tls(List<Path> authorities, List<Client> clients, boolean skipVerify) {
  public static final Tls SYSTEM = new Tls(List.of(), List.of(), false);

  /** A client certificate; the key may stand in the same PEM file. */
  public record Client(Path certificate, @Nullable Path key) {}
}
