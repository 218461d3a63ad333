package dev.gantry.image.registry;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;

/**
 * Says in words what went wrong between us and a host, where the JDK's message alone is cryptic.
 */
final class NetworkFailure {
  private NetworkFailure() {}

  static String describe(IOException e) {
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return switch (e) {
      case UnknownHostException u -> "no such host (" + message + ")";
      case ConnectException c -> "cannot connect: " + message;
      case NoRouteToHostException n -> "cannot connect: " + message;
      case SocketTimeoutException t -> "timed out: " + message;
      case SSLException s when message.contains("Unsupported or unrecognized SSL message") ->
          "the server speaks plain HTTP, not TLS; to allow that, set server = \"http://…\" in its"
              + " hosts.toml";
      case SSLException s when message.contains("PKIX") || message.contains("certif") ->
          "its certificate is not trusted (" + message + "); name its CA in hosts.toml";
      case SSLException s -> "TLS: " + message;
      default -> message;
    };
  }
}
