package dev.gantry.testkit;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link HostileRegistry} answers: what a good registry would say, or a fixed response, and
 * what goes wrong on the way. The methods of an answer return changed copies.
 */
public final class Answer implements Cloneable {
  /** Stands for "no limit" and "no delay". */
  private static final int NONE = -1;

  private final Kind kind;
  private int status = 200;
  private byte[] body = new byte[0];
  private Map<String, String> headers = Map.of();
  private int truncateAt = NONE;
  private int corruptAt = NONE;
  private int chunk = NONE;
  private Duration pause = Duration.ZERO;
  private Duration delay = Duration.ZERO;
  private @Nullable AtomicInteger left;

  enum Kind {
    GOOD,
    FIXED,
    RAW,
    DROP,
    HANG
  }

  private Answer(Kind kind) {
    this.kind = kind;
  }

  /** What a good registry says, to be spoilt by the other methods. */
  public static Answer good() {
    return new Answer(Kind.GOOD);
  }

  /** A status with a text. */
  public static Answer status(int status, String body) {
    return body(status, "text/plain", body.getBytes(StandardCharsets.UTF_8));
  }

  /** A status with the error document of the distribution protocol. */
  public static Answer error(int status, String code, String message) {
    byte[] document =
        Json.bytes(Map.of("errors", List.of(Map.of("code", code, "message", message))));
    return body(status, "application/json", document);
  }

  /** A status with a body of any type. */
  public static Answer body(int status, String contentType, byte[] body) {
    Answer answer = new Answer(Kind.FIXED);
    answer.status = status;
    answer.body = body.clone();
    return answer.header("Content-Type", contentType);
  }

  /** A redirect, as registries send to where they keep blobs. */
  public static Answer redirect(String location) {
    return status(307, "").header("Location", location);
  }

  /** These bytes, whatever they are, instead of an HTTP response. */
  public static Answer raw(byte[] bytes) {
    Answer answer = new Answer(Kind.RAW);
    answer.body = bytes.clone();
    return answer;
  }

  /** Closes the connection without a word. */
  public static Answer drop() {
    return new Answer(Kind.DROP);
  }

  /** Takes the request and says nothing until the registry is closed. */
  public static Answer hang() {
    return new Answer(Kind.HANG);
  }

  /** Sets a response header. */
  public Answer header(String name, String value) {
    Answer copy = copy();
    copy.headers = new LinkedHashMap<>(headers);
    copy.headers.put(name, value);
    return copy;
  }

  /** Promises the whole body and ends the connection after so many bytes. */
  public Answer truncatedAt(int bytes) {
    Answer copy = copy();
    copy.truncateAt = bytes;
    return copy;
  }

  /** Changes the byte at this offset. */
  public Answer corruptAt(int offset) {
    Answer copy = copy();
    copy.corruptAt = offset;
    return copy;
  }

  /** Sends the body in pieces of so many bytes with a pause between them. */
  public Answer slowly(int bytes, Duration between) {
    Answer copy = copy();
    copy.chunk = bytes;
    copy.pause = between;
    return copy;
  }

  /** Waits before the first byte. */
  public Answer delayed(Duration before) {
    Answer copy = copy();
    copy.delay = before;
    return copy;
  }

  /** Answers so many requests, and leaves the next ones to older rules. */
  public Answer times(int count) {
    Answer copy = copy();
    copy.left = new AtomicInteger(count);
    return copy;
  }

  private Answer copy() {
    try {
      return (Answer) clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns the part of the body from one offset to before another, with this status. */
  Answer part(int newStatus, int from, int to) {
    Answer copy = copy();
    copy.status = newStatus;
    copy.body = Arrays.copyOfRange(body, from, to);
    return copy;
  }

  /** Returns whether this answer is still for a request, and counts it. */
  boolean take() {
    return left == null || left.getAndDecrement() > 0;
  }

  Kind kind() {
    return kind;
  }

  int status() {
    return status;
  }

  byte[] body() {
    return body;
  }

  Map<String, String> headers() {
    return headers;
  }

  Duration delay() {
    return delay;
  }

  Duration pause() {
    return pause;
  }

  int chunk(int length) {
    return chunk == NONE ? Math.max(1, length) : chunk;
  }

  /** Returns how many bytes of a body of this length are sent. */
  int sent(int length) {
    return truncateAt == NONE ? length : Math.min(truncateAt, length);
  }

  byte[] spoil(byte[] good) {
    if (corruptAt == NONE || corruptAt >= good.length) {
      return good;
    }
    byte[] bad = good.clone();
    bad[corruptAt] ^= 1;
    return bad;
  }
}
