package dev.gantry.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.Jazzer;
import dev.gantry.streaming.client.AnswersFuzz;
import dev.gantry.streaming.server.SpdyFramesFuzz;
import dev.gantry.streaming.server.UpgradeFuzz;
import dev.gantry.streaming.server.WebSocketFramesFuzz;
import dev.gantry.streaming.spdy.Frames;
import dev.gantry.streaming.spdy.HeaderBlocksFuzz;
import dev.gantry.streaming.spdy.HeaderWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Has Jazzer look for bytes that a decoder of ours cannot stand: by coverage, in a JVM of its own,
 * beginning with what is right. A few seconds for all; {@code -Dgantry.soak=true} makes it minutes
 * for each.
 */
class FuzzTest {
  private static final boolean SOAK = Boolean.getBoolean("gantry.soak");
  private static final String LENGTH = SOAK ? "-max_total_time=150" : "-runs=5000";
  private static final int MEGABYTES = 512;

  @TempDir private Path directory;
  private final Map<Target, Process> running = new LinkedHashMap<>();

  @AfterEach
  void end() {
    running.values().forEach(Process::destroyForcibly);
  }

  record Target(Class<?> type, List<byte[]> seeds) {}

  /** One JVM for all of them, or one for each. */
  @Test
  void noDecoderBreaks() throws Exception {
    for (Target target : SOAK ? targets() : List.of(AnyFuzz.all(targets()))) {
      running.put(target, start(target));
    }
    for (var entry : running.entrySet()) {
      Path log = log(entry.getKey());
      int exit = entry.getValue().waitFor();
      String said = Files.readString(log, StandardCharsets.ISO_8859_1);
      assertThat(exit).as("%s", said.substring(Math.max(0, said.length() - 5000))).isZero();
      assertThat(said).contains("DONE");
      System.out.println(entry.getKey().type().getSimpleName() + ": " + done(said));
    }
  }

  private static String done(String said) {
    return said.lines().filter(line -> line.contains("DONE")).findFirst().orElse("");
  }

  private Path log(Target target) {
    return directory.resolve(target.type().getSimpleName() + ".log");
  }

  private Process start(Target target) throws IOException {
    Path corpus = Files.createDirectories(directory.resolve(target.type().getSimpleName()));
    for (int i = 0; i < target.seeds().size(); i++) {
      Files.write(corpus.resolve("seed" + i), target.seeds().get(i));
    }
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+EnableDynamicAgentLoading",
            "-XX:+UseSerialGC",
            "-Xmx" + MEGABYTES + "m",
            "-cp",
            System.getProperty("java.class.path"),
            Jazzer.class.getName(),
            "--target_class=" + target.type().getName(),
            "--instrumentation_includes=dev.gantry.streaming.**:io.netty.handler.codec.http.**",
            "--custom_hook_includes=dev.gantry.streaming.**:io.netty.handler.codec.http.**",
            "--disabled_hooks=com.code_intelligence.jazzer.sanitizers.UnsafeSanitizer",
            "--reproducer_path=" + directory,
            "-artifact_prefix=" + directory + "/",
            LENGTH,
            "-max_len=40000",
            "-len_control=20",
            "-rss_limit_mb=0",
            corpus.toString())
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectInput(Path.of("/dev/null").toFile())
        .redirectOutput(log(target).toFile())
        .start();
  }

  private static List<Target> targets() {
    byte[] spdy = spdy();
    byte[] binary = masked(2, new byte[] {0, 'h', 'i'});
    byte[] text = masked(1, ascii("0aGk="));
    byte[] end = joined(masked(2, new byte[] {(byte) 255, 0}), masked(9, ascii("ping")));
    byte[] request = ascii("POST /portforward/t HTTP/1.1\r\nHost: x\r\n");
    byte[] spdyRequest = ascii(RawClient.spdyHeaders("portforward.k8s.io") + "\r\n");
    byte[] tunnel = ascii(RawClient.webSocketHeaders("SPDY/3.1+portforward.k8s.io") + "\r\n");
    byte[] ports =
        ascii("GET /portforward/t?port=80 HTTP/1.1\r\n" + RawClient.webSocketHeaders("") + "\r\n");
    byte[] piece = {(byte) 200};
    byte[] block = new HeaderWriter().write(Map.of("streamtype", "data", "port", "80"));
    return List.of(
        new Target(
            SpdyFramesFuzz.class, List.of(joined(piece, spdy), joined(new byte[] {3}, spdy))),
        new Target(HeaderBlocksFuzz.class, List.of(joined(piece, block))),
        new Target(
            WebSocketFramesFuzz.class,
            List.of(
                joined(new byte[] {0, 90}, binary, end),
                joined(new byte[] {1, 90}, text, end),
                joined(new byte[] {2, 90}, masked(2, spdy), end))),
        new Target(
            UpgradeFuzz.class,
            List.of(
                joined(piece, request, spdyRequest, spdy),
                joined(piece, request, tunnel, masked(2, spdy)),
                joined(piece, ports, binary))),
        new Target(
            AnswersFuzz.class,
            List.of(
                joined(new byte[] {0}, spdy),
                joined(new byte[] {1}, unmasked(new byte[] {1, 'h', 'i'})),
                joined(new byte[] {2}, unmasked(spdy)))));
  }

  private static byte[] spdy() {
    var writer = new HeaderWriter();
    List<byte[]> frames = new ArrayList<>();
    int id = 1;
    for (String type : List.of("error", "data")) {
      frames.add(
          Frames.synStream(
              id, writer.write(Map.of("streamtype", type, "port", "80", "requestid", "0"))));
      id += 2;
    }
    frames.add(Frames.synReply(1, writer.write(Map.of())));
    frames.add(ByteBuffer.allocate(10).putInt(3).putInt(2).put(ascii("hi")).array());
    frames.add(Frames.ping(1));
    frames.add(Frames.windowUpdate(1, 1));
    frames.add(Frames.reset(3, Frames.CANCEL));
    frames.add(Frames.goAway(1));
    return joined(frames.toArray(byte[][]::new));
  }

  private static byte[] masked(int opcode, byte[] payload) {
    return joined(header(opcode, payload.length, 0x80), new byte[4], payload);
  }

  private static byte[] unmasked(byte[] payload) {
    return joined(header(2, payload.length, 0), payload);
  }

  private static byte[] header(int opcode, int length, int mask) {
    return length < 126
        ? new byte[] {(byte) (0x80 | opcode), (byte) (mask | length)}
        : new byte[] {
          (byte) (0x80 | opcode), (byte) (mask | 126), (byte) (length >> 8), (byte) length
        };
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] joined(byte[]... parts) {
    var out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
