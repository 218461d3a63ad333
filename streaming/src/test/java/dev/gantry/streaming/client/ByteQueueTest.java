package dev.gantry.streaming.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The two ends of what a client takes over: what it reads, and what it hands to others. */
class ByteQueueTest {
  private static final int MUCH = 5 << 20;
  private final byte[] content = new byte[MUCH];
  private final Random random = new Random(11);

  ByteQueueTest() {
    random.nextBytes(content);
  }

  @Test
  void everyByteComesOutOnceAndInOrder() throws IOException {
    var queue = new ByteQueue();
    var out = new ByteArrayOutputStream();
    CompletableFuture<Void> drained = async(() -> queue.drainTo(out));
    for (int done = 0; done < MUCH; ) {
      int count = Math.min(MUCH - done, 1 + random.nextInt(700_000));
      queue.put(content, done, count);
      done += count;
    }
    queue.end();
    drained.orTimeout(30, TimeUnit.SECONDS).join();
    assertThat(out.toByteArray()).isEqualTo(content);
  }

  @Test
  void nobodyWaitsForOneWhoTakesNothingAnyMore() {
    var queue = new ByteQueue();
    CompletableFuture<Void> put = async(() -> queue.put(content, 0, MUCH));
    assertThat(put).isNotDone();
    queue.abandon();
    put.orTimeout(30, TimeUnit.SECONDS).join();
  }

  @Test
  void whatIsReadInPiecesIsWhole() throws IOException {
    var in = new Incoming(new ByteArrayInputStream(content));
    var out = new ByteArrayOutputStream();
    int first = in.readInt();
    byte[] next = in.readNBytes(1000);
    int got = 0;
    while (got >= 0) {
      got = in.pass(1 + random.nextInt(300_000), out::write);
    }
    assertThat(first).isEqualTo(ByteBuffer.wrap(content).getInt());
    assertThat(next).isEqualTo(Arrays.copyOfRange(content, 4, 1004));
    assertThat(out.toByteArray()).isEqualTo(Arrays.copyOfRange(content, 1004, MUCH));
    assertThatThrownBy(in::readUnsignedByte).isInstanceOf(EOFException.class);
    assertThat(in.readNBytes(3)).isEmpty();
  }

  private interface Step {
    void run() throws IOException;
  }

  private static CompletableFuture<Void> async(Step step) {
    return CompletableFuture.runAsync(() -> {
      try {
        step.run();
      } catch (IOException e) {
        throw new CompletionException(e);
      }
    });
  }
}
