package dev.gantry.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/** Sends a file to a server on loopback that echoes, and compares what comes back. */
final class EchoRound {
  private static final int CHUNK = 256 << 10;
  private static final int TRIES = 100;
  private static final long PAUSE_MILLIS = 20;

  private EchoRound() {}

  static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** How long it takes, from the connection on. */
  static double seconds(int port, Path file) throws IOException {
    try (SocketChannel socket = connect(port);
        FileChannel from = FileChannel.open(file)) {
      long start = System.nanoTime();
      CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> send(from, socket));
      compare(Channels.newInputStream(socket), file);
      sent.join();
      return (System.nanoTime() - start) / 1e9;
    }
  }

  /** Returns when somebody listens there. */
  static void awaitListener(int port) throws IOException {
    connect(port).close();
  }

  private static SocketChannel connect(int port) throws IOException {
    for (int i = 0; ; i++) {
      try {
        SocketChannel socket =
            SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return socket;
      } catch (IOException notYet) {
        if (i == TRIES) {
          throw notYet;
        }
        Programs.sleep(PAUSE_MILLIS);
      }
    }
  }

  private static void send(FileChannel from, SocketChannel to) {
    try {
      long size = from.size();
      for (long done = 0; done < size; ) {
        done += from.transferTo(done, CHUNK, to);
      }
      to.shutdownOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void compare(InputStream back, Path file) throws IOException {
    byte[] ours = new byte[CHUNK];
    byte[] theirs = new byte[CHUNK];
    try (InputStream sent = Files.newInputStream(file)) {
      while (true) {
        int count = sent.readNBytes(ours, 0, CHUNK);
        int same = back.readNBytes(theirs, 0, CHUNK);
        if (count != same || !Arrays.equals(ours, 0, count, theirs, 0, count)) {
          throw new IOException("other bytes came back than were sent");
        }
        if (count < CHUNK) {
          return;
        }
      }
    }
  }
}
