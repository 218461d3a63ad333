package dev.gantry.cli.e2e;

import dev.gantry.testkit.LeakCheck;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The node agent on a daemon of Gantry. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class AgentOnGantryTest
    implements LifeCases, ProbeCases, HookCases, ImageCases, SpecCases, RestartCases {
  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private World world;

  @SuppressWarnings("NullAway.Init")
  AgentOnGantryTest() {}

  @BeforeAll
  void start() throws Exception {
    world = World.start(GantryFixture::new);
  }

  @AfterAll
  void stop() throws IOException {
    world.close();
  }

  @Override
  public World world() {
    return world;
  }
}
