package dev.gantry.image.http;

import dev.gantry.linux.BlockingCallTimeoutException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;

/**
 * Says in words what went wrong between us and a host, where the JDK's message alone is cryptic.
 */
public final class FailureText {
  private FailureText() {}

  public static String of(IOException e) {
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return switch (e) {
      case UnknownHostException u ->
          "no such host (" + message + "); check the name and this node's DNS";
      case ConnectException c -> "cannot connect: " + message;
      case NoRouteToHostException n -> "cannot connect: " + message;
      case SocketTimeoutException t -> "timed out: " + message;
      case BlockingCallTimeoutException t -> "timed out: " + message;
      case SSLException s -> tls(s, message);
      default -> message;
    };
  }

  private static String tls(SSLException failure, String message) {
    if (message.contains("Unsupported or unrecognized SSL message")) {
      return "the server speaks plain HTTP, not TLS; to allow that, set server = \"http://…\" in its"
          + " hosts.toml or insecure = true in registries.conf";
    }
    if (message.contains("subject alternative") || message.contains("No name matching")) {
      return "its certificate is for another name (" + message + ")";
    }
    if (message.contains("NotAfter") || chain(failure).contains("NotAfter")) {
      return "its certificate has expired (" + message + ")";
    }
    if (message.contains("PKIX")) {
      return "its certificate is not trusted ("
          + message
          + "); name its CA in hosts.toml or put it into certs.d/<host>/ca.crt";
    }
    if (message.contains("fatal alert")) {
      return "TLS: "
          + message
          + "; if the server wants a client certificate, name one in hosts.toml or certs.d";
    }
    return "TLS: " + message;
  }

  private static String chain(Throwable failure) {
    var text = new StringBuilder();
    int depth = 0;
    for (Throwable t = failure; t != null && depth++ < 8; t = t.getCause()) {
      text.append(t.getMessage()).append(' ');
    }
    return text.toString();
  }
}
