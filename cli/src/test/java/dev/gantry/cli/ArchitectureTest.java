package dev.gantry.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Holds the arrows between the modules as docs/architecture.md draws them. */
class ArchitectureTest {
  private static final Map<String, Set<String>> MAY_USE =
      Map.ofEntries(
          Map.entry("linux", Set.of()),
          Map.entry("oci", Set.of()),
          Map.entry("cri", Set.of()),
          Map.entry("image", Set.of("linux", "oci")),
          Map.entry("network", Set.of("linux")),
          Map.entry("container", Set.of("linux", "oci")),
          Map.entry("streaming", Set.of("linux")),
          Map.entry(
              "daemon",
              Set.of("linux", "oci", "cri", "image", "network", "container", "streaming")),
          Map.entry("agent", Set.of("linux", "oci", "cri")),
          Map.entry("bench", Set.of("cri")),
          Map.entry("cli", Set.of("linux", "cri", "streaming", "daemon", "agent", "bench")));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.gantry");

  private static String inside(String module) {
    return "dev.gantry." + module + "..";
  }

  @Test
  void everyModuleIsLookedAt() {
    for (String module : MAY_USE.keySet()) {
      assertThat(CLASSES.containPackage("dev.gantry." + module)).as(module).isTrue();
    }
  }

  @Test
  void noModuleUsesOneThatItMayNot() {
    MAY_USE.forEach((module, allowed) -> {
      Set<String> forbidden = new TreeSet<>(MAY_USE.keySet());
      forbidden.removeAll(allowed);
      forbidden.remove(module);
      String[] packages = forbidden.stream().map(ArchitectureTest::inside).toArray(String[]::new);
      noClasses()
          .that()
          .resideInAPackage(inside(module))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(packages)
          .because(module + " may use " + allowed)
          .check(CLASSES);
    });
  }

  @Test
  void onlyLinuxCallsNativeCode() {
    noClasses()
        .that()
        .resideOutsideOfPackage(inside("linux"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.lang.foreign..")
        .because("the kernel is behind the linux module")
        .check(CLASSES);
  }

  @Test
  void nothingThatRunsUsesTestCode() {
    noClasses()
        .that()
        .resideInAnyPackage(
            MAY_USE.keySet().stream().map(ArchitectureTest::inside).toArray(String[]::new))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.gantry.testkit..", "org.junit..", "org.assertj..")
        .check(CLASSES);
  }
}
