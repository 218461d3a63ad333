package dev.gantry.image;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * What a request brings to authorize itself with, as CRI's AuthConfig; empty fields are not given.
 *
 * @param auth base64 of {@code user:password}
 * @param serverAddress when given, the only host these may be sent to
 * @param identityToken refresh token, exchanged for an access token
 * @param registryToken bearer token, sent to the registry as it is
 */
public record Credentials(
    String username,
    String password,
    String auth,
    String serverAddress,
    String identityToken,
    String registryToken) {
  public static final Credentials NONE = new Credentials("", "", "", "", "", "");

  public static Credentials of(String username, String password) {
    return new Credentials(username, password, "", "", "", "");
  }

  public boolean isEmpty() {
    return username.isEmpty()
        && auth.isEmpty()
        && identityToken.isEmpty()
        && registryToken.isEmpty();
  }

  /** The value for HTTP's Basic scheme, or empty when there is no password. */
  public String basic() {
    if (!username.isEmpty()) {
      return Base64.getEncoder()
          .encodeToString((username + ":" + password).getBytes(StandardCharsets.UTF_8));
    }
    if (auth.isEmpty()) {
      return "";
    }
    String decoded =
        new String(Base64.getDecoder().decode(auth.strip()), StandardCharsets.UTF_8)
            .replaceAll("\0+$", "");
    return Base64.getEncoder().encodeToString(decoded.getBytes(StandardCharsets.UTF_8));
  }

  /** The same for {@code host}, or {@link #NONE} when these are for another one. */
  public Credentials forHost(String host) {
    if (serverAddress.isEmpty()) {
      return this;
    }
    String address = serverAddress.replaceFirst("^[a-zA-Z]+://", "");
    int slash = address.indexOf('/');
    String wanted = slash < 0 ? address : address.substring(0, slash);
    boolean docker =
        wanted.equals("index.docker.io")
            && (host.equals("registry-1.docker.io") || host.equals("docker.io"));
    return docker || wanted.equalsIgnoreCase(host) ? this : NONE;
  }

  /** Says what is there, never what it is. */
  @Override
  public String toString() {
    return isEmpty()
        ? "no credentials"
        : "credentials" + (username.isEmpty() ? "" : " of " + username);
  }
}
