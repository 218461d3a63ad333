package dev.gantry.image.registry;

import dev.gantry.image.Credentials;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The credentials of one session: those of the request, and else what the authorization files hold
 * for the host that asks. The request's go to the registry that the image is named after; to a
 * mirror only over a line that nobody reads, and only when the files have none for it.
 */
final class Keyring {
  private final Credentials request;
  private final AuthFiles files;

  Keyring(Credentials request, AuthFiles files) {
    this.request = request;
    this.files = files;
  }

  /**
   * What was found for a host, and where it was looked for.
   *
   * @param source for errors: {@code the credentials of me from the request}, or where there are
   *     none
   */
  record Found(Credentials credentials, String source) {}

  Credentials request() {
    return request;
  }

  long stamp() {
    return files.stamp();
  }

  /**
   * @throws IOException never for what is not there; when the caller is interrupted
   */
  Found find(RegistryHost host) throws IOException {
    Credentials given = request.forHost(host.authority());
    if (!given.isEmpty() && (!host.mirror() || !request.serverAddress().isEmpty())) {
      return new Found(given, "the " + given + " from the request");
    }
    AuthFiles.Lookup lookup = files.find(host.authority(), host.repository());
    if (!lookup.credentials().isEmpty()) {
      return new Found(
          lookup.credentials(), "the " + lookup.credentials() + " from " + lookup.source());
    }
    if (!given.isEmpty() && host.confidential()) {
      return new Found(given, "the " + given + " from the request");
    }
    return new Found(Credentials.NONE, none(host, given, lookup));
  }

  private static String none(RegistryHost host, Credentials given, AuthFiles.Lookup lookup) {
    var places = new ArrayList<String>();
    places.add(
        given.isEmpty()
            ? "in the request"
            : "in the request (its " + given + " are not sent in the clear to a mirror)");
    lookup.read().forEach(f -> places.add("in " + f));
    String text = "no credentials for " + host.authority() + " " + list(places);
    return lookup.problems().isEmpty() ? text : text + "; " + String.join("; ", lookup.problems());
  }

  private static String list(List<String> places) {
    return places.size() == 1
        ? places.getFirst()
        : String.join(", ", places.subList(0, places.size() - 1)) + " or " + places.getLast();
  }
}
