package dev.gantry.daemon.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.daemon.doctor.Check.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of hosts that are not this one. */
class HostChecksTest {
  @TempDir Path dir;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(dir.resolve(name), text);
  }

  @Test
  void overlayMayBeAModuleThatNobodyHasNeededYet() throws Exception {
    Path loaded = file("loaded", "nodev\tsysfs\nnodev\toverlay\n");
    Path not = file("not", "nodev\tsysfs\n\text4\n");
    Path modules = file("modules.dep", "kernel/fs/overlayfs/overlay.ko:\nkernel/fs/fat/fat.ko:\n");
    Path none = dir.resolve("none");
    assertThat(HostChecks.overlay(loaded, none).verdict()).isEqualTo(Verdict.OK);
    assertThat(HostChecks.overlay(not, modules).verdict()).isEqualTo(Verdict.OK);
    assertThat(HostChecks.overlay(not, none).verdict()).isEqualTo(Verdict.FAIL);
  }

  @Test
  void theDefaultAppArmorProfileNeedsItsParser() throws Exception {
    Path with = file("with", "lockdown,capability,apparmor");
    Path without = file("without", "capability,selinux");
    Optional<Path> parser = Optional.of(Path.of("/sbin/apparmor_parser"));
    assertThat(HostChecks.appArmor(with, parser).verdict()).isEqualTo(Verdict.OK);
    assertThat(HostChecks.appArmor(with, Optional.empty()).verdict()).isEqualTo(Verdict.WARN);
    assertThat(HostChecks.appArmor(without, Optional.empty()).verdict()).isEqualTo(Verdict.OK);
  }
}
