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
  /**
   * @throws IllegalArgumentException when {@code auth} is not what it should be; the message does
   *     not show it
   */
  public Credentials {
    if (username.isEmpty()) {
      decoded(auth);
    }
  }

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

  /** The value for HTTP's Basic scheme, or empty when there is no user. */
  public String basic() {
    if (user().isEmpty() && secret().isEmpty()) {
      return "";
    }
    return Base64.getEncoder()
        .encodeToString((user() + ":" + secret()).getBytes(StandardCharsets.UTF_8));
  }

  /** The user, given or in {@link #auth}; or empty. */
  public String user() {
    return username.isEmpty() ? decoded(auth)[0] : username;
  }

  /** The password, given or in {@link #auth}; or empty. */
  public String secret() {
    return username.isEmpty() ? decoded(auth)[1] : password;
  }

  /** Some programs fill up the password with NUL bytes before they encode it. */
  private static String[] decoded(String auth) {
    if (auth.isEmpty()) {
      return new String[] {"", ""};
    }
    String text;
    try {
      text = new String(Base64.getMimeDecoder().decode(auth), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("auth is not base64", e);
    }
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("auth is not the base64 of user:password");
    }
    return new String[] {
      text.substring(0, colon), text.substring(colon + 1).replaceAll("\0+$", "")
    };
  }

  /** The same for {@code host}, or {@link #NONE} when these are for another one. */
  public Credentials forHost(String host) {
    if (serverAddress.isEmpty()) {
      return this;
    }
    String address = serverAddress.replaceFirst("^[a-zA-Z]+://", "");
    int slash = address.indexOf('/');
    String wanted = slash < 0 ? address : address.substring(0, slash);
    return wanted.equalsIgnoreCase(host) || (hub(wanted) && hub(host)) ? this : NONE;
  }

  private static boolean hub(String host) {
    return host.equals("index.docker.io")
        || host.equals("registry-1.docker.io")
        || host.equals("docker.io");
  }

  /** Says what is there, never what it is. */
  @Override
  public String toString() {
    return isEmpty() ? "no credentials" : "credentials" + (user().isEmpty() ? "" : " of " + user());
  }
}
