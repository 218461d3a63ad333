package dev.gantry.network;

import dev.gantry.linux.process.Spawn;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs programs as children of the daemon; one that outlives its deadline is killed with its
 * process group.
 */
final class SpawnPluginRunner implements PluginRunner {
  private static final int MAX_OUTPUT = 1 << 20;

  @Override
  public Outcome run(Call call) throws IOException {
    List<String> argv = new ArrayList<>();
    argv.add(call.program().toString());
    argv.addAll(call.args());
    Spawn.Result result =
        Spawn.of(argv)
            .env(call.env())
            .stdinBytes(call.stdin().getBytes(StandardCharsets.UTF_8))
            .newSession()
            .run(call.deadline(), MAX_OUTPUT);
    // The runner says "truncated" of either output; a plug-in that only talks a lot to stderr has
    // still answered.
    boolean truncated = result.stdout().length >= MAX_OUTPUT;
    return new Outcome(
        result.exit().code(), result.stdoutText(), result.stderr(), truncated, result.timedOut());
  }
}
