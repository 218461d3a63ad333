package dev.gantry.streaming.server;

import dev.gantry.streaming.StreamBackend;
import dev.gantry.streaming.StreamRequest;
import dev.gantry.streaming.StreamingSettings;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** The upgrade of a connection to WebSocket (RFC 6455, section 4.2), and which protocol it is. */
final class WebSocketUpgrade {
  static final String PORT_FORWARD = "portforward.k8s.io";
  private static final String TUNNEL = "SPDY/3.1+" + PORT_FORWARD;
  private static final String BASE64 = "base64.";
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private static final int STDIN = 0;
  private static final int STDOUT = 1;
  private static final int STDERR = 2;
  private static final int ERROR = 3;
  private static final int RESIZE = 4;

  private final UpgradeHandler handler;
  private final StreamingSettings settings;
  private final StreamBackend backend;

  /**
   * What a protocol's name says.
   *
   * @param name as the client wrote it; empty when it named none
   */
  private record Chosen(String name, Protocol protocol, boolean base64) {}

  WebSocketUpgrade(UpgradeHandler handler, StreamingSettings settings, StreamBackend backend) {
    this.handler = handler;
    this.settings = settings;
    this.backend = backend;
  }

  void run(ChannelHandlerContext ctx, HttpRequest head, StreamRequest found) {
    String key = head.headers().get(HttpHeaderNames.SEC_WEBSOCKET_KEY, "");
    if (key.isEmpty() || !head.headers().get("Sec-WebSocket-Version", "").equals("13")) {
      handler.refuse(ctx, HttpResponseStatus.BAD_REQUEST, "unable to upgrade: not WebSocket 13");
      return;
    }
    List<String> offered =
        head.headers().getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL).stream()
            .flatMap(line -> Arrays.stream(line.split(",")))
            .map(String::strip)
            .filter(name -> !name.isEmpty())
            .toList();
    switch (found) {
      case StreamRequest.RemoteCommand command -> command(ctx, key, offered, command);
      case StreamRequest.PortForward forward -> {
        if (offered.contains(TUNNEL)) {
          var session = new SpdyPortForward(backend, forward, settings);
          handler.switchTo(ctx, answer(key, TUNNEL), new WebSocketTunnel(), session.handler());
        } else {
          ports(ctx, key, offered, head, forward);
        }
      }
    }
  }

  private void command(
      ChannelHandlerContext ctx,
      String key,
      List<String> offered,
      StreamRequest.RemoteCommand request) {
    Optional<Chosen> chosen = choose(offered);
    if (chosen.isEmpty()) {
      handler.noProtocol(ctx, offered);
      return;
    }
    Protocol protocol = chosen.get().protocol();
    var connection =
        new WebSocketConnection(
            RESIZE + 1,
            chosen.get().base64(),
            protocol == Protocol.V5,
            (channels, wire) -> begin(channels, wire, protocol, request));
    handler.switchTo(ctx, answer(key, chosen.get().name()), connection);
  }

  private void begin(
      WebSocketConnection channels,
      Wire wire,
      Protocol protocol,
      StreamRequest.RemoteCommand request) {
    wire.endWhenIdle(settings.idleTimeout());
    var streams =
        new CommandStreams(
            channels.channel(ERROR),
            request.stdin() ? channels.channel(STDIN) : null,
            request.stdout() ? channels.channel(STDOUT) : null,
            request.stderr() ? channels.channel(STDERR) : null,
            request.terminal() ? channels.channel(RESIZE) : null,
            protocol.statusJson(),
            channels::leave);
    new CommandSession(wire, streams, backend, request).begin();
  }

  /** The older form: two channels for each port that the URL names, or the request did. */
  private void ports(
      ChannelHandlerContext ctx,
      String key,
      List<String> offered,
      HttpRequest head,
      StreamRequest.PortForward request) {
    Optional<Chosen> chosen =
        choose(offered.stream().filter(name -> !name.equals(PORT_FORWARD)).toList());
    List<Integer> ports =
        new QueryStringDecoder(head.uri())
            .parameters().getOrDefault("port", List.of()).stream()
                .flatMap(value -> Arrays.stream(value.split(",")))
                .map(Ports::parse)
                .toList();
    List<Integer> wanted = ports.isEmpty() ? request.ports() : ports;
    if (wanted.isEmpty() || wanted.contains(0) || wanted.size() > Limits.NAMED_PORTS) {
      handler.refuse(
          ctx,
          HttpResponseStatus.BAD_REQUEST,
          "port-forward over this protocol needs 1 to " + Limits.NAMED_PORTS + " ports: ?port=80");
      return;
    }
    if (chosen.isEmpty()) {
      handler.noProtocol(ctx, offered);
      return;
    }
    String name = offered.contains(PORT_FORWARD) ? PORT_FORWARD : chosen.get().name();
    var connection =
        new WebSocketConnection(
            2 * wanted.size(),
            chosen.get().base64(),
            chosen.get().protocol() == Protocol.V5,
            (channels, wire) -> begin(channels, wire, wanted, request));
    handler.switchTo(ctx, answer(key, name), connection);
  }

  private void begin(
      WebSocketConnection channels,
      Wire wire,
      List<Integer> ports,
      StreamRequest.PortForward request) {
    wire.endWhenIdle(settings.idleTimeout());
    var session = new PortForwardSession(wire, backend, request, channels::leave);
    for (int i = 0; i < ports.size(); i++) {
      int port = ports.get(i);
      // Each channel begins with the port it is of.
      for (int channel : new int[] {2 * i, 2 * i + 1}) {
        channels.channel(channel).write(Unpooled.copyShort(Short.reverseBytes((short) port)));
      }
      session.forward(port, channels.channel(2 * i), channels.channel(2 * i + 1));
    }
    wire.flush();
  }

  private static Optional<Chosen> choose(List<String> offered) {
    if (offered.isEmpty()) {
      return Optional.of(new Chosen("", Protocol.V1, false));
    }
    return offered.stream().flatMap(name -> chosen(name).stream()).findFirst();
  }

  /** {@code v4.channel.k8s.io}, {@code v4.base64.channel.k8s.io}, {@code base64.channel.k8s.io}. */
  private static Optional<Chosen> chosen(String name) {
    boolean base64 = name.contains(BASE64);
    return Protocol.of(name.replace(BASE64, ""))
        .map(protocol -> new Chosen(name, protocol, base64));
  }

  private static String answer(String key, String protocol) {
    return "Upgrade: websocket\r\nSec-WebSocket-Accept: "
        + accept(key)
        + "\r\n"
        + (protocol.isEmpty() ? "" : "Sec-WebSocket-Protocol: " + protocol + "\r\n");
  }

  /** Proves that the request was understood; see RFC 6455, section 1.3. */
  public static String accept(String key) {
    try {
      // Not for secrecy: the protocol has it so.
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      byte[] digest = sha1.digest((key + GUID).getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
