package dev.gantry.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A terminal with a person before it: {@code script} of util-linux runs a shell in a pseudo
 * terminal, of which we are the keyboard and the screen.
 */
final class Pty implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern NAME = Pattern.compile("(/dev/pts/\\d+) shell=(\\d+)\r\n");

  private final Process script;
  private final StringBuilder screen = new StringBuilder();
  private final String name;
  private final long shell;

  /** Runs a script of the shell in a terminal, which exists until that has ended. */
  Pty(Map<String, String> environment, String commands) throws IOException {
    var builder =
        new ProcessBuilder("script", "-qefc", "echo $(tty) shell=$$; " + commands, "/dev/null");
    builder.environment().putAll(environment);
    script = builder.redirectErrorStream(true).start();
    Thread.ofPlatform().daemon().name("screen").start(this::watch);
    Matcher said = NAME.matcher(await("\r\n"));
    assertThat(said.find()).isTrue();
    name = said.group(1);
    shell = Long.parseLong(said.group(2));
  }

  private void watch() {
    try (Reader out = script.inputReader(StandardCharsets.UTF_8)) {
      for (int c = out.read(); c >= 0; c = out.read()) {
        synchronized (screen) {
          screen.append((char) c);
        }
      }
    } catch (IOException closed) {
      return;
    }
  }

  /** All that was shown. */
  String screen() {
    synchronized (screen) {
      return screen.toString();
    }
  }

  /** Waits until this is shown; all that was shown then. */
  String await(String text) {
    try {
      org.awaitility.Awaitility.await().atMost(PATIENCE).until(() -> screen().contains(text));
    } catch (org.awaitility.core.ConditionTimeoutException e) {
      throw new AssertionError("not shown: " + text + "\nshown: " + screen(), e);
    }
    return screen();
  }

  void type(String keys) throws IOException {
    script.getOutputStream().write(keys.getBytes(StandardCharsets.US_ASCII));
    script.getOutputStream().flush();
  }

  /** Asks or tells the terminal's driver, as stty(1). */
  String stty(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("stty", "-F", name));
    command.addAll(List.of(arguments));
    Process stty = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (InputStream out = stty.getInputStream()) {
      return new String(out.readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  /** Waits until keys are passed on one by one, and Ctrl-C with them. */
  void awaitRaw() {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(stty("-a")).contains("-isig", "-icanon", "-echo"));
  }

  private static org.awaitility.core.ConditionFactory await() {
    return org.awaitility.Awaitility.await();
  }

  /** The program that the shell runs just now. */
  ProcessHandle program() {
    return ProcessHandle.of(shell).orElseThrow().children().findFirst().orElseThrow();
  }

  /** Waits for the shell's end; its exit code. */
  int exit() throws InterruptedException {
    assertThat(script.waitFor(PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS))
        .as("%s", screen())
        .isTrue();
    return script.exitValue();
  }

  @Override
  public void close() {
    script.descendants().forEach(ProcessHandle::destroyForcibly);
    script.destroyForcibly();
  }
}
