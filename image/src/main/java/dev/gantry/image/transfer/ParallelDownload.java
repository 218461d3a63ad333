package dev.gantry.image.transfer;

import dev.gantry.image.DigestMismatchException;
import dev.gantry.image.ImageException;
import dev.gantry.image.RegistryException;
import dev.gantry.image.StoreException;
import dev.gantry.image.registry.BlobRange;
import dev.gantry.image.transfer.Extents.Range;
import dev.gantry.linux.Threads;
import dev.gantry.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.RandomAccessFile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fills a spool: over one connection to begin with; over more as long as the reader starves, the
 * server honours ranges and each further connection brings more bytes in the same time. Lower bytes
 * go first. What ends a connection does not end the download: another one goes on from there.
 */
final class ParallelDownload implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ParallelDownload.class);
  private static final int FRUITLESS = 3;
  private static final int CHUNK = 64 << 10;
  private static final double WORTH = 1.1;

  private final Spool spool;
  private final Digest digest;
  private final RangeSource source;
  private final TransferSettings settings;
  private final LongConsumer progress;

  /** What nobody is at. This, and what follows, is guarded by this object. */
  private final TreeSet<Range> free = new TreeSet<>(Comparator.comparingLong(Range::from));

  private final List<Work> busy = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private int connections;
  private boolean ranges = true;
  private boolean closed;

  ParallelDownload(
      Spool spool,
      Digest digest,
      RangeSource source,
      TransferSettings settings,
      LongConsumer progress) {
    this.spool = spool;
    this.digest = digest;
    this.source = source;
    this.settings = settings;
    this.progress = progress;
  }

  synchronized void start() {
    free.addAll(spool.gaps());
    progress.accept(spool.came());
    if (!free.isEmpty()) {
      connect();
      threads.add(Thread.ofVirtual().name("layer-watch").start(this::watch));
    }
  }

  private void connect() {
    connections++;
    threads.add(Thread.ofVirtual().name("layer-download").start(this::connection));
  }

  private void connection() {
    Work work = null;
    IOException failure = null;
    try (RandomAccessFile writer = spool.writer()) {
      while ((work = claim(work)) != null) {
        fetch(work, writer);
      }
    } catch (IOException e) {
      failure = e;
    } catch (RuntimeException | Error e) {
      failure = new IOException(e);
    }
    left(work, failure);
  }

  /** The lowest bytes that nobody is at: all of them for a lone connection. */
  private synchronized @Nullable Work claim(@Nullable Work done) {
    busy.remove(done);
    Range next = closed ? null : free.pollFirst();
    if (next == null) {
      return null;
    }
    long end = Math.min(next.to(), next.from() + settings.segment());
    if (connections > 1 && ranges && end < next.to()) {
      free.add(new Range(end, next.to()));
      next = new Range(next.from(), end);
    }
    Work work = new Work(next);
    busy.add(work);
    return work;
  }

  /** A connection ends; what it leaves is for the others, and the last one's failure is ours. */
  private synchronized void left(@Nullable Work work, @Nullable IOException failure) {
    connections--;
    busy.remove(work);
    Range rest = work == null ? null : work.rest();
    if (rest != null) {
      free.add(rest);
    }
    if (failure instanceof NoRanges) {
      ranges = false;
    }
    boolean fatal = failure instanceof StoreException || (failure != null && connections == 0);
    if (closed || fatal) {
      spool.fail(failure == null ? new InterruptedIOException("closed") : failure);
    } else if (failure != null) {
      LOG.debug("layer {}: one connection less: {}", digest, failure.getMessage());
    }
    if (!closed && !fatal && connections == 0 && !free.isEmpty()) {
      connect();
    }
  }

  private void fetch(Work work, RandomAccessFile writer) throws IOException {
    int fruitless = 0;
    while (work.left() > 0) {
      long before = work.at();
      IOException broken = once(work, writer);
      if (work.left() > 0) {
        fruitless = work.at() > before ? 0 : fruitless + 1;
        if (fruitless > FRUITLESS || Thread.currentThread().isInterrupted()) {
          throw broken;
        }
        source.pause(Math.max(1, fruitless));
      }
    }
  }

  /** One answer; what it ended with is of interest when bytes are missing. */
  private IOException once(Work work, RandomAccessFile writer) throws IOException {
    long end = work.limit() == spool.size() ? Long.MAX_VALUE : work.limit();
    try (BlobRange answer = source.open(work.at(), end)) {
      IOException broken;
      try {
        verifySize(answer);
        copy(answer, work, writer);
        broken = new IOException("the connection ended early, at byte " + work.at());
      } catch (StoreException | NoRanges e) {
        throw e;
      } catch (IOException e) {
        broken = e;
      }
      if (work.left() > 0) {
        answer.broken();
      }
      return broken instanceof ImageException ? broken : unreachable(answer, broken);
    } catch (RegistryException e) {
      if (e.kind() != RegistryException.Kind.BAD_ANSWER) {
        throw e;
      }
      return e; // another range than the one asked for: perhaps another host behind the name
    }
  }

  private static RegistryException unreachable(BlobRange answer, IOException broken) {
    return new RegistryException(
        RegistryException.Kind.UNREACHABLE,
        List.of(new RegistryException.Attempt(answer.host(), 0, "" + broken.getMessage())),
        broken);
  }

  /** A host with a blob of another length has another blob. */
  private void verifySize(BlobRange answer) throws DigestMismatchException {
    long total = answer.status() == 206 ? answer.total() : answer.length();
    if (total >= 0 && total != spool.size()) {
      throw new DigestMismatchException("layer", digest, spool.size(), Long.toString(total));
    }
  }

  private void copy(BlobRange answer, Work work, RandomAccessFile writer) throws IOException {
    InputStream body = answer.body();
    if (answer.start() < work.at()) {
      if (!alone()) {
        throw new NoRanges();
      }
      body.skipNBytes(work.at() - answer.start());
    }
    byte[] chunk = new byte[CHUNK];
    long left;
    while ((left = work.left()) > 0) {
      int n = body.read(chunk, 0, (int) Math.min(chunk.length, left));
      if (n < 0) {
        return;
      }
      spool.write(writer, work.at(), chunk, n);
      work.came(n);
      spool.saveNowAndThen();
      progress.accept(spool.came());
    }
    // So that the connection is used again, where this was all that was asked for.
    if (body.available() == 0 && answer.status() == 206) {
      var _ = body.read(chunk, 0, 1);
    }
  }

  /** Whether this is the only connection; it then stays that. */
  private synchronized boolean alone() {
    ranges = false;
    return connections == 1;
  }

  /** Adds connections while that helps. */
  private void watch() {
    double rate = 0;
    long bytes = spool.came();
    long waited = spool.waitedNanos();
    try {
      while (running()) {
        Thread.sleep(settings.probe());
        double now = spool.came() - (double) bytes;
        boolean starved = spool.waitedNanos() - waited > settings.probe().toNanos() / 2;
        bytes = spool.came();
        waited = spool.waitedNanos();
        if (starved) {
          spool.keep();
        }
        if (starved && now > rate * WORTH && another()) {
          rate = now;
        }
      }
    } catch (StoreException full) {
      spool.fail(full);
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean running() {
    return connections > 0 && !closed;
  }

  private synchronized boolean another() {
    if (!ranges || connections >= settings.connections()) {
      return false;
    }
    for (Work work : busy) {
      Range rest = work.split(settings.segment());
      if (rest != null) {
        free.add(rest);
      }
    }
    if (free.isEmpty()) {
      return false;
    }
    connect();
    return true;
  }

  /** Ends all connections and, when bytes are missing, keeps and writes down what has come. */
  @Override
  public void close() throws IOException {
    List<Thread> running;
    synchronized (this) {
      closed = true;
      running = List.copyOf(threads);
    }
    Threads.end(running);
    if (spool.came() < spool.size()) {
      spool.save();
    }
  }

  /** The server sends the whole blob whatever part of it is asked for. */
  private static final class NoRanges extends IOException {
    private static final long serialVersionUID = 1;
  }
}
