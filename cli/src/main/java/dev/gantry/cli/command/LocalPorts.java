package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Ports of this machine that stand for ports of a pod, on each of the addresses that were asked
 * for. {@code localhost} is 127.0.0.1 and ::1, of which one may be missing, as kubectl has it.
 */
final class LocalPorts implements AutoCloseable {
  private static final Pattern PORTS = Pattern.compile("(?:(\\d{0,5}):)?(\\d{1,5})");
  private static final Pattern LITERAL =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
  private static final String LOCALHOST = "localhost";
  private static final List<String> LOOPBACKS = List.of("127.0.0.1", "::1");
  private static final int LARGEST = 65535;
  private static final int BACKLOG = 128;

  private final List<Bound> bound = new ArrayList<>();

  /** A listening socket and the pod's port that it stands for. */
  record Bound(ServerSocket socket, int remote) {
    /** As people write it: {@code 127.0.0.1:8080} or {@code [::1]:8080}. */
    String local() {
      String address = socket.getInetAddress().getHostAddress();
      boolean plain = address.indexOf(':') < 0;
      return (plain ? address : "[" + shortened(address) + "]") + ":" + socket.getLocalPort();
    }

    private static String shortened(String address) {
      return address.equals("0:0:0:0:0:0:0:1")
          ? "::1"
          : address.equals("0:0:0:0:0:0:0:0") ? "::" : address;
    }
  }

  /**
   * {@code 80}, {@code 8080:80} or, for any local port that is free, {@code :80}.
   *
   * @param local 0 for any
   */
  record Mapping(int local, int remote) {
    static Mapping of(String text) {
      Matcher matcher = PORTS.matcher(text);
      if (!matcher.matches()) {
        throw CliFailure.usage("port-forward: " + text + " is not [LOCAL:]PORT");
      }
      int remote = Integer.parseInt(matcher.group(2));
      String first = matcher.group(1);
      int local = first == null ? remote : first.isEmpty() ? 0 : Integer.parseInt(first);
      if (remote < 1 || remote > LARGEST || local > LARGEST) {
        throw CliFailure.usage("port-forward: " + text + ": ports are 1 to " + LARGEST);
      }
      return new Mapping(local, remote);
    }
  }

  private LocalPorts() {}

  /**
   * Listens on all of them.
   *
   * @throws IOException naming the address that cannot be had
   */
  static LocalPorts listen(List<String> addresses, List<Mapping> mappings) throws IOException {
    var ports = new LocalPorts();
    boolean complete = false;
    try {
      for (Mapping mapping : mappings) {
        for (String address : addresses) {
          ports.listen(address, mapping);
        }
      }
      complete = true;
      return ports;
    } finally {
      if (!complete) {
        ports.close();
      }
    }
  }

  private void listen(String address, Mapping mapping) throws IOException {
    if (!address.equals(LOCALHOST)) {
      bind(literal(address), mapping.local(), mapping.remote());
      return;
    }
    int port = mapping.local();
    IOException missing = null;
    boolean any = false;
    for (String loopback : LOOPBACKS) {
      try {
        // Both have the same port, also when it is any.
        port = bind(literal(loopback), port, mapping.remote());
        any = true;
      } catch (IOException e) {
        missing = e;
      }
    }
    if (!any && missing != null) {
      throw missing;
    }
  }

  private int bind(InetAddress address, int local, int remote) throws IOException {
    try {
      var socket = new ServerSocket(local, BACKLOG, address);
      bound.add(new Bound(socket, remote));
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IOException(
          "listen on " + address.getHostAddress() + " port " + local + ": " + e.getMessage(), e);
    }
  }

  private static InetAddress literal(String address) {
    if (LITERAL.matcher(address).matches()) {
      try {
        return InetAddress.getByName(address);
      } catch (UnknownHostException e) {
        throw CliFailure.usage("port-forward: --address " + e.getMessage());
      }
    }
    throw CliFailure.usage(
        "port-forward: --address " + address + " is neither an IP address nor localhost");
  }

  List<Bound> bound() {
    return bound;
  }

  @Override
  public void close() {
    for (Bound one : bound) {
      try {
        one.socket().close();
      } catch (IOException e) {
        System.getLogger(LocalPorts.class.getName())
            .log(System.Logger.Level.DEBUG, "close a port", e);
      }
    }
  }
}
