package dev.gantry.cli.client;

import dev.gantry.cli.CliFailure;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * Where a CRI runtime listens: a unix socket.
 *
 * @param socket absolute path of the socket
 */
public record Endpoint(Path socket) {
  /** Where Gantry's own daemon listens unless told otherwise. */
  public static final String DEFAULT = "unix:///run/gantry/gantry.sock";

  private static final String SCHEME = "unix://";

  public Endpoint {
    if (!socket.isAbsolute()) {
      throw CliFailure.usage("endpoint " + socket + ": not an absolute path");
    }
  }

  /**
   * Reads {@code unix:///path} or a plain absolute path.
   *
   * @throws CliFailure when it is neither
   */
  public static Endpoint parse(String text) {
    String path = text.startsWith(SCHEME) ? text.substring(SCHEME.length()) : text;
    if (!path.startsWith("/") || path.indexOf('\0') >= 0) {
      throw CliFailure.usage(
          "endpoint " + text + ": must be unix:///path/to/socket or an absolute path");
    }
    return new Endpoint(Path.of(path));
  }

  /** Whether somebody listens there. */
  public boolean listens() {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      return channel.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public String toString() {
    return SCHEME + socket;
  }
}
