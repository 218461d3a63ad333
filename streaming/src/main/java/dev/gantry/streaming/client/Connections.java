package dev.gantry.streaming.client;

import java.io.IOException;
import java.net.URI;
import java.util.Map;

/** Opens connections of either transport. */
final class Connections {
  private static final String COMMAND_OVER_SPDY = "v4.channel.k8s.io";
  private static final String COMMAND_OVER_WEBSOCKET = "v5.channel.k8s.io, v4.channel.k8s.io";
  private static final String PORT_FORWARD = "portforward.k8s.io";
  private static final String WEBSOCKET_PROTOCOL = "Sec-WebSocket-Protocol";
  private static final String SPDY_PROTOCOL = "X-Stream-Protocol-Version";

  private Connections() {}

  static Connection command(URI url, Transport transport) throws IOException {
    return switch (transport) {
      case SPDY -> spdy(url, COMMAND_OVER_SPDY);
      case WEBSOCKET -> {
        HttpUpgrade upgrade = webSocket(url, COMMAND_OVER_WEBSOCKET);
        yield new ChannelClient(new WebSocketClient(upgrade), upgrade.protocol());
      }
    };
  }

  static Connection portForward(URI url, Transport transport) throws IOException {
    return switch (transport) {
      case SPDY -> spdy(url, PORT_FORWARD);
      case WEBSOCKET -> {
        HttpUpgrade upgrade = webSocket(url, "SPDY/3.1+" + PORT_FORWARD);
        var socket = new WebSocketClient(upgrade);
        yield new SpdyClient(
            socket, new Incoming(socket.stream()), socket.output(), upgrade.protocol());
      }
    };
  }

  private static Connection spdy(URI url, String protocol) throws IOException {
    HttpUpgrade upgrade =
        HttpUpgrade.to(
            url, "POST", Map.of("Upgrade", "SPDY/3.1", SPDY_PROTOCOL, protocol), SPDY_PROTOCOL);
    return new SpdyClient(upgrade, upgrade.in(), upgrade.out(), upgrade.protocol());
  }

  private static HttpUpgrade webSocket(URI url, String protocols) throws IOException {
    return HttpUpgrade.to(
        url,
        "GET",
        Map.of(
            "Upgrade",
            "websocket",
            "Sec-WebSocket-Version",
            "13",
            "Sec-WebSocket-Key",
            HttpUpgrade.key(),
            WEBSOCKET_PROTOCOL,
            protocols),
        WEBSOCKET_PROTOCOL);
  }
}
