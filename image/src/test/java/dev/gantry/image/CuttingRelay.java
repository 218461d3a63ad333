package dev.gantry.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Passes connections on to a port, and cuts some of those that carry much towards it. */
final class CuttingRelay implements AutoCloseable {
  private final ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final InetSocketAddress target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger cuts;
  private final long after;

  /**
   * @param cuts how many connections are cut
   * @param after bytes towards the port, after which one is
   */
  CuttingRelay(String host, int cuts, long after) throws IOException {
    int colon = host.lastIndexOf(':');
    this.target =
        new InetSocketAddress(
            host.substring(0, colon), Integer.parseInt(host.substring(colon + 1)));
    this.cuts = new AtomicInteger(cuts);
    this.after = after;
    Thread.ofVirtual().start(this::accept);
  }

  String host() {
    return "127.0.0.1:" + door.getLocalPort();
  }

  int cutsLeft() {
    return cuts.get();
  }

  private void accept() {
    while (true) {
      try {
        Socket client = door.accept();
        Socket server = new Socket();
        open.add(client);
        open.add(server);
        server.connect(target);
        Thread.ofVirtual().start(() -> copy(client, server, after));
        Thread.ofVirtual().start(() -> copy(server, client, Long.MAX_VALUE));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void copy(Socket from, Socket to, long most) {
    try (from;
        to;
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      byte[] buffer = new byte[8192];
      long sum = 0;
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        sum += n;
        if (sum > most && cuts.getAndUpdate(c -> Math.max(0, c - 1)) > 0) {
          return;
        }
        out.write(buffer, 0, n);
      }
    } catch (IOException ended) {
      return;
    } finally {
      open.remove(from);
      open.remove(to);
    }
  }

  @Override
  public void close() throws IOException {
    door.close();
    for (Socket s : open) {
      s.close();
    }
  }
}
