package dev.gantry.streaming.client;

/** How a client's streams are carried. */
public enum Transport {
  SPDY,
  WEBSOCKET
}
