package dev.gantry.agent.http;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/** Listens on a unix socket and perhaps on a loopback address. */
public final class ApiServer implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ApiServer.class.getName());
  private static final int CONNECTIONS = 64;

  private final Api api;
  private final Path socket;
  private final Semaphore free = new Semaphore(CONNECTIONS);
  private final List<ServerSocketChannel> listening = new ArrayList<>();

  private ApiServer(Api api, Path socket) {
    this.api = api;
    this.socket = socket;
  }

  /**
   * Starts to listen.
   *
   * @param socket a path; a socket that nobody listens on any more is replaced
   * @throws IOException when someone else listens there
   */
  public static ApiServer start(Api api, Path socket, Optional<InetSocketAddress> loopback)
      throws IOException {
    ApiServer server = new ApiServer(api, socket);
    try {
      server.listening.add(unix(socket));
      if (loopback.isPresent()) {
        server.listening.add(tcp(loopback.get()));
      }
    } catch (IOException e) {
      server.close();
      throw e;
    }
    server.serve(server.listening.getFirst(), true);
    if (server.listening.size() > 1) {
      server.serve(server.listening.get(1), false);
    }
    return server;
  }

  private static ServerSocketChannel tcp(InetSocketAddress address) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      return channel.bind(address);
    } catch (IOException e) {
      channel.close();
      throw new IOException("listen on " + address + ": " + e.getMessage(), e);
    }
  }

  /** Bound where only we can reach it, so that its mode is right before anyone can connect. */
  private static ServerSocketChannel unix(Path socket) throws IOException {
    if (answers(socket)) {
      throw new IOException("listen on " + socket + ": another node agent listens there");
    }
    Path hidden =
        Files.createTempDirectory(
            socket.getParent(),
            ".a",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      Path bound = hidden.resolve("s");
      channel.bind(UnixDomainSocketAddress.of(bound));
      Files.setPosixFilePermissions(bound, PosixFilePermissions.fromString("rw-------"));
      Files.move(bound, socket, StandardCopyOption.ATOMIC_MOVE);
      return channel;
    } catch (IOException e) {
      channel.close();
      throw new IOException("listen on " + socket + ": " + e.getMessage(), e);
    } finally {
      Files.deleteIfExists(hidden);
    }
  }

  private static boolean answers(Path socket) {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      return channel.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private void serve(ServerSocketChannel channel, boolean everything) {
    Thread.ofVirtual()
        .name("api")
        .start(() -> {
          while (channel.isOpen()) {
            try {
              SocketChannel connection = channel.accept();
              if (!free.tryAcquire()) {
                connection.close();
                continue;
              }
              Thread.ofVirtual().start(() -> answer(connection, everything));
            } catch (IOException e) {
              LOG.log(Level.DEBUG, "accept", e);
            }
          }
        });
  }

  private void answer(SocketChannel connection, boolean everything) {
    try (connection) {
      OutputStream out = Channels.newOutputStream(connection);
      Response response;
      try {
        Request request =
            Request.read(new BufferedInputStream(Channels.newInputStream(connection)));
        response = everything ? api.local(request) : api.readOnly(request);
      } catch (IllegalArgumentException e) {
        response = Response.error(400, String.valueOf(e.getMessage()));
      } catch (RuntimeException e) {
        LOG.log(Level.WARNING, "request failed", e);
        response = Response.error(500, String.valueOf(e.getMessage()));
      }
      response.write(out);
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "connection", e);
    } finally {
      free.release();
    }
  }

  /** Where the loopback API listens. */
  public Optional<SocketAddress> loopback() throws IOException {
    return listening.size() < 2
        ? Optional.empty()
        : Optional.of(listening.get(1).getLocalAddress());
  }

  @Override
  public void close() {
    for (ServerSocketChannel channel : listening) {
      try {
        channel.close();
      } catch (IOException e) {
        LOG.log(Level.DEBUG, "close", e);
      }
    }
    try {
      if (!listening.isEmpty()) {
        Files.deleteIfExists(socket);
      }
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "remove socket", e);
    }
  }
}
