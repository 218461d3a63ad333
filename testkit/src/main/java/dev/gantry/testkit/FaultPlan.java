package dev.gantry.testkit;

import java.time.Duration;
import java.util.Random;

/** Decides what goes wrong with which request. */
@FunctionalInterface
public interface FaultPlan {
  /** Lets everything pass. */
  FaultPlan NOTHING = (request, occurrence) -> new Fault.None();

  /**
   * Returns the fault for a request.
   *
   * @param occurrence how many requests for the same thing came before, which does not depend on
   *     how requests for different things overtake each other
   */
  Fault choose(FaultProxy.Request request, int occurrence);

  /**
   * Spoils this share of the answers, each kind of fault as often as any other; the same seed
   * spoils the same answers.
   */
  static FaultPlan seeded(long seed, double share) {
    return (request, occurrence) -> {
      int key = (request.method() + request.path() + request.range()).hashCode();
      Random random = new Random(seed * 31 + key * 1_000_003L + occurrence);
      // The first numbers of near seeds are near each other.
      random.nextLong();
      random.nextLong();
      return random.nextDouble() < share ? any(random) : new Fault.None();
    };
  }

  private static Fault any(Random random) {
    int early = random.nextInt(1 << random.nextInt(1, 20));
    return switch (random.nextInt(14)) {
      case 0, 1 -> new Fault.Cut(early, random.nextBoolean());
      case 2 -> new Fault.Drop(random.nextBoolean());
      case 3 -> new Fault.Stall(early);
      case 4 -> new Fault.Flip(random.nextInt(1 << 20));
      case 5 -> new Fault.Refuse(429, random.nextInt(-1, 2));
      case 6 -> new Fault.Refuse(new int[] {500, 502, 503, 504}[random.nextInt(4)], -1);
      case 7 -> new Fault.Trickle((1 << 14) + early, Duration.ofMillis(1));
      case 8 -> new Fault.Elsewhere(random.nextBoolean() ? 307 : 302);
      case 9 -> new Fault.Shorter(1 + random.nextInt(100));
      case 10 -> new Fault.Longer(1 + random.nextInt(100));
      case 11 -> {
        Fault.RangeLie[] lies = Fault.RangeLie.values();
        yield new Fault.Range(lies[random.nextInt(lies.length)]);
      }
      case 12 -> new Fault.Garbage(random.nextInt());
      default -> new Fault.OddHeaders(random.nextInt());
    };
  }
}
