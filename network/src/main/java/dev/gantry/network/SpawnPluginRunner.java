package dev.gantry.network;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs programs as children of the daemon. */
final class SpawnPluginRunner implements PluginRunner {
  private static final int MAX_OUTPUT = 1 << 20;

  @Override
  public Outcome run(Call call) throws IOException {
    List<String> argv = new ArrayList<>();
    argv.add(call.program().toString());
    argv.addAll(call.args());
    ProcessBuilder builder = new ProcessBuilder(argv);
    builder.environment().clear();
    builder.environment().putAll(call.env());
    Process process = builder.start();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Thread outReader = Thread.ofVirtual().start(() -> drain(process.getInputStream(), out));
    Thread errReader = Thread.ofVirtual().start(() -> drain(process.getErrorStream(), err));
    try (OutputStream in = process.getOutputStream()) {
      in.write(call.stdin().getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      err.writeBytes(new byte[0]); // a plug-in need not read
    }
    try {
      boolean ended = process.waitFor(call.deadline().toMillis(), TimeUnit.MILLISECONDS);
      if (!ended) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
      }
      outReader.join(1000);
      errReader.join(1000);
      return new Outcome(
          process.exitValue(),
          out.toString(StandardCharsets.UTF_8),
          err.toString(StandardCharsets.UTF_8),
          out.size() >= MAX_OUTPUT,
          !ended);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static void drain(InputStream from, ByteArrayOutputStream to) {
    byte[] buffer = new byte[8192];
    try (from) {
      for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
        if (to.size() < MAX_OUTPUT) {
          to.write(buffer, 0, Math.min(n, MAX_OUTPUT - to.size()));
        }
      }
    } catch (IOException e) {
      to.writeBytes(new byte[0]);
    }
  }
}
