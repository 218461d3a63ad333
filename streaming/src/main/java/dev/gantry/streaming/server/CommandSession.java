package dev.gantry.streaming.server;

import dev.gantry.linux.Fd;
import dev.gantry.streaming.StreamBackend;
import dev.gantry.streaming.StreamBackend.Ends;
import dev.gantry.streaming.StreamBackend.Running;
import dev.gantry.streaming.StreamRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One exec or attach: starts it, relays its streams, and ends it in this order, so that no byte is
 * lost and none comes after the exit code: the process ends; its outputs are read to their end, or
 * until they are empty and stay so for a second; they are ended; the status is sent.
 *
 * <p>When the client is gone first, what it started is closed.
 */
// A write that fails closes the connection, and who must know hears of that.
@SuppressWarnings("FutureReturnValueIgnored")
final class CommandSession {
  private static final Logger LOG = LoggerFactory.getLogger(CommandSession.class);

  /** What Ctrl-D is: the end of input to one who reads lines from a terminal. */
  private static final byte[] END_OF_TRANSMISSION = {4};

  private final Wire wire;
  private final CommandStreams streams;
  private final StreamBackend backend;
  private final StreamRequest.RemoteCommand request;
  private final List<OutputRelay> outputs = new ArrayList<>();
  private final List<EdgeFd> descriptors = new ArrayList<>();
  private @Nullable Running running;
  private @Nullable InputRelay input;
  private @Nullable CommandStatus status;
  private boolean over;

  CommandSession(
      Wire wire,
      CommandStreams streams,
      StreamBackend backend,
      StreamRequest.RemoteCommand request) {
    this.wire = wire;
    this.streams = streams;
    this.backend = backend;
    this.request = request;
  }

  /** Starts it, and answers to the client from here on. */
  void begin() {
    wire.listen(this::resume, this::gone);
    ignore(streams.error());
    ignore(streams.stdout());
    ignore(streams.stderr());
    Thread.ofVirtual()
        .name(request.kind())
        .start(() -> {
          try {
            Running started = backend.start(request);
            inLoop(() -> started(started), () -> close(started, false));
          } catch (IOException | RuntimeException e) {
            inLoop(() -> failed(e), () -> {});
          }
        });
  }

  /** A client that writes where it should read has nobody who listens. */
  private static void ignore(@Nullable ByteStream stream) {
    if (stream != null) {
      stream.receive(ByteStream.NOBODY);
    }
  }

  /** The loop takes nothing any more when the server is closed. */
  private void inLoop(Runnable work, Runnable otherwise) {
    try {
      wire.loop().execute(work);
    } catch (RuntimeException stopped) {
      LOG.debug("the server is closed", stopped);
      otherwise.run();
    }
  }

  private void failed(Exception why) {
    LOG.debug("{} failed", request.kind(), why);
    finish(CommandStatus.failed(String.valueOf(why.getMessage())));
  }

  private void started(Running started) {
    running = started;
    if (streams.resize() != null) {
      // Before the input that came with it: what is typed may ask for the size.
      streams.resize().receive(new Resizes(started));
    }
    connect(started.ends());
    if (over) {
      end(started);
      return;
    }
    CompletableFuture<Integer> exit = started.exit();
    if (exit != null) {
      exit.whenComplete((code, lost) -> inLoop(() -> exited(code, lost), () -> {}));
    }
    ByteStream sign = streams.stdout() == null ? streams.stderr() : streams.stdout();
    if (sign != null) {
      // Whoever wants to start the container now may: nothing of it is missed.
      sign.write(Unpooled.EMPTY_BUFFER);
      wire.flush();
    }
    outputs.forEach(OutputRelay::begin);
    finishIfDone();
  }

  private void connect(Ends ends) {
    switch (ends) {
      case Ends.Pipes pipes -> {
        output(pipes.stdout(), streams.stdout());
        output(pipes.stderr(), streams.stderr());
        if (pipes.stdin() != null) {
          EdgeFd stdin = open(pipes.stdin(), Integer.MAX_VALUE);
          input(stdin, stdin::close);
        }
      }
      case Ends.Terminal terminal -> {
        EdgeFd master = open(terminal.master(), Integer.MAX_VALUE);
        outputs.add(new OutputRelay(this, master, streams.stdout(), null));
        input(master, () -> master.write(Unpooled.wrappedBuffer(END_OF_TRANSMISSION)));
      }
      case Ends.Packets packets -> {
        EdgeFd socket = open(packets.socket(), packets.largestOut());
        outputs.add(
            new OutputRelay(
                this,
                socket,
                null,
                new OutputRelay.Tagged(
                    packets.stdout(), streams.stdout(), packets.stderr(), streams.stderr())));
        if (packets.takesInput()) {
          input(socket, () -> endPackets(packets.socket()));
        } else if (streams.stdin() != null) {
          streams.stdin().receive(ByteStream.NOBODY);
        }
      }
    }
  }

  private EdgeFd open(Fd fd, int largestWrite) {
    EdgeFd edge = new EdgeFd(wire.loop(), wire.buffers(), fd, largestWrite);
    edge.open();
    descriptors.add(edge);
    return edge;
  }

  private void output(@Nullable Fd fd, @Nullable ByteStream to) {
    if (fd != null) {
      outputs.add(new OutputRelay(this, open(fd, Integer.MAX_VALUE), to, null));
    }
  }

  private void input(EdgeFd to, Runnable atEnd) {
    if (streams.stdin() != null) {
      input = new InputRelay(wire, to, atEnd);
      streams.stdin().receive(input);
    }
  }

  private void endPackets(Fd socket) {
    Running attached = running;
    if (attached != null && socket.isOpen()) {
      try {
        attached.endInput(socket);
      } catch (IOException e) {
        LOG.debug("end of input", e);
      }
    }
  }

  private void exited(@Nullable Integer with, @Nullable Throwable failure) {
    status =
        with == null
            ? CommandStatus.failed("its exit code is lost: " + failure)
            : CommandStatus.exited(with);
    outputs.forEach(OutputRelay::drain);
    finishIfDone();
  }

  Wire wire() {
    return wire;
  }

  /** An output is at its end, for us. */
  void finishIfDone() {
    if (over || running == null || !outputs.stream().allMatch(OutputRelay::done)) {
      return;
    }
    if (running.exit() == null) {
      finish(CommandStatus.exited(0));
    } else if (status != null) {
      finish(status);
    }
  }

  private void finish(CommandStatus how) {
    if (over) {
      return;
    }
    over = true;
    end(streams.stdout());
    end(streams.stderr());
    String said = streams.statusJson() ? how.json() : how.text();
    streams.error().write(Unpooled.copiedBuffer(said, StandardCharsets.UTF_8));
    end(streams.error());
    end(streams.resize());
    end(streams.stdin());
    wire.flush();
    streams.leave().run();
    if (running != null) {
      end(running);
    }
  }

  private static void end(@Nullable ByteStream stream) {
    if (stream != null) {
      stream.end();
    }
  }

  private void resume() {
    outputs.forEach(OutputRelay::resume);
  }

  /** The client does not read although something waits for it. */
  void tooSlow() {
    LOG.info("{}: the client reads nothing and is let go", request.kind());
    wire.abort();
  }

  private void gone() {
    if (!over) {
      over = true;
      if (running != null) {
        end(running);
      }
    }
  }

  /** Whether or not its process has ended by now: that it did may be for want of its input. */
  private void end(Running ended) {
    boolean orderly = status != null || ended.exit() == null;
    if (input != null) {
      input.stop();
    }
    for (OutputRelay output : outputs) {
      output.leave(ended);
    }
    descriptors.forEach(EdgeFd::close);
    Thread.ofVirtual().name(request.kind() + "-end").start(() -> close(ended, orderly));
  }

  private static void close(Running ended, boolean orderly) {
    try {
      if (orderly) {
        ended.close();
      } else {
        ended.abandon();
      }
    } catch (IOException | RuntimeException e) {
      LOG.warn("the end of a stream", e);
    }
  }

  /** Runs what may have to wait for the kernel elsewhere. */
  private void resize(Running of, int rows, int columns) {
    try {
      of.resize(rows, columns);
    } catch (IOException e) {
      LOG.debug("resize", e);
    }
  }

  void after(long nanos, Runnable work) {
    wire.loop().schedule(work, nanos, TimeUnit.NANOSECONDS);
  }

  /** Sizes as they come, one JSON object after the other. */
  private final class Resizes implements ByteStream.Receiver {
    private final Running terminal;
    private final ResizeReader reader = new ResizeReader();

    Resizes(Running terminal) {
      this.terminal = terminal;
    }

    @Override
    public void data(ByteBuf data) {
      try {
        if (!over) {
          reader.read(data, (rows, columns) -> resize(terminal, rows, columns));
        }
      } finally {
        data.release();
      }
    }

    @Override
    public void end() {
      // The size stays as it is.
    }
  }
}
