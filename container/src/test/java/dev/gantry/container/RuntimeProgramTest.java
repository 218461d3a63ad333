package dev.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuntimeProgramTest {
  @TempDir Path directory;

  private Path install(String name, String original) throws IOException {
    // As a package manager does: the new file takes the old one's place.
    Path made = Files.copy(Path.of(original).toRealPath(), directory.resolve(name + ".new"));
    return Files.move(made, directory.resolve(name), StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void isCopiedOnceAndAgainWhenItIsUpgraded() throws Exception {
    Path binary = install("crun", "/bin/true");
    try (RuntimeProgram program = new RuntimeProgram(binary, RuntimeFlavor.CRUN)) {
      Path first = program.path();
      assertThat(first).isNotEqualTo(binary).hasSameBinaryContentAs(binary);
      assertThat(program.path()).isEqualTo(first);

      install("crun", "/bin/false");

      Path second = program.path();
      assertThat(second).isNotEqualTo(binary).hasSameBinaryContentAs(binary);
      assertThat(program.path()).isEqualTo(second);
      // Somebody may be about to run it.
      assertThat(first).exists();
    }
  }

  @Test
  void nothingIsLeftWhenItIsClosed() throws Exception {
    RuntimeProgram program = new RuntimeProgram(install("runc", "/bin/true"), RuntimeFlavor.RUNC);
    Path copy = program.path();
    program.close();

    assertThat(copy).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({"krun,CRUN", "runsc,RUNSC", "youki,OTHER"})
  void othersAreRunFromTheirFiles(String name, RuntimeFlavor flavor) throws Exception {
    Path binary = install(name, "/bin/true");
    try (RuntimeProgram program = new RuntimeProgram(binary, flavor)) {
      assertThat(program.path()).isEqualTo(binary);
    }
  }

  @Test
  void aScriptAndAProgramThatIsGoneAreLeftToTheirFiles() throws Exception {
    Path script = Files.writeString(directory.resolve("crun"), "#!/bin/sh\n");
    try (RuntimeProgram program = new RuntimeProgram(script, RuntimeFlavor.CRUN)) {
      assertThat(program.path()).isEqualTo(script);
      Files.delete(script);
      assertThat(program.path()).isEqualTo(script);
    }
  }
}
