package dev.gantry.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

@ExtendWith(LeakCheck.class)
class FakeCniTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  @Test
  void recordsCallsAndAnswers() throws Exception {
    Path plugins = dirs.dir("bin");
    FakeCni plugin = FakeCni.install(plugins, "fake");
    assertThat(call(plugins, "ADD")).contains("10.199.0.2/24").endsWith("exit 0");
    assertThat(call(plugins, "DEL")).isEqualTo("exit 0");
    plugin.fail("DEL", 11, "try \"again\" later");
    assertThat(call(plugins, "DEL"))
        .contains("\"code\":11", "\"msg\":\"try \\\"again\\\" later\"")
        .endsWith("exit 1");
    plugin.crash("ADD", "panic: $HOME `x`");
    assertThat(call(plugins, "ADD")).isEqualTo("panic: $HOME `x`\nexit 2");
    plugin.print("CHECK", "<garbage>");
    assertThat(call(plugins, "CHECK")).startsWith("<garbage>");
    assertThat(plugin.calls())
        .extracting(FakeCni.Call::command)
        .containsExactly("ADD", "DEL", "DEL", "ADD", "CHECK");
    assertThat(plugin.calls("ADD").getFirst().get("CNI_NETNS")).isEqualTo("/run/x");
    assertThat(plugin.calls("ADD").getFirst().stdin()).isEqualTo("{\"input\":1}");
    assertThat(plugin.calls("ADD").getFirst().get("NOT_SET")).isEmpty();
  }

  @Test
  void hangsUntilItIsKilled() throws Exception {
    Path plugins = dirs.dir("bin");
    FakeCni plugin = FakeCni.install(plugins, "fake").hang("ADD").flood("DEL");
    for (String command : new String[] {"ADD", "DEL"}) {
      Process process = start(plugins, command);
      assertThat(process.waitFor(300, TimeUnit.MILLISECONDS)).isFalse();
      process.destroyForcibly().waitFor();
    }
    assertThat(plugin.calls()).hasSize(2);
    plugin.succeed("ADD");
    assertThat(call(plugins, "ADD")).isEqualTo("exit 0");
  }

  @Test
  void writesConfigurations() throws IOException {
    FakeCni plugin = FakeCni.install(dirs.dir("bin"), "fake");
    FakeCni.configure(dirs.dir("conf"), "10-x.conflist", "net", plugin, plugin);
    assertThat(dirs.path("conf/10-x.conflist"))
        .hasContent(
            "{\"cniVersion\":\"1.0.0\",\"name\":\"net\","
                + "\"plugins\":[{\"type\":\"fake\"},{\"type\":\"fake\"}]}");
  }

  private String call(Path plugins, String command) throws Exception {
    Process process = start(plugins, command);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return Files.readString(dirs.path("output")) + "exit " + process.exitValue();
  }

  private Process start(Path plugins, String command) throws IOException {
    Path input = Files.writeString(dirs.path("input"), "{\"input\":1}", StandardCharsets.UTF_8);
    ProcessBuilder builder = new ProcessBuilder(plugins.resolve("fake").toString());
    builder.environment().clear();
    builder.environment().put("CNI_COMMAND", command);
    builder.environment().put("CNI_NETNS", "/run/x");
    return builder
        .redirectInput(input.toFile())
        .redirectErrorStream(true)
        .redirectOutput(dirs.path("output").toFile())
        .start();
  }
}
