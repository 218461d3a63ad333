package dev.gantry.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TableTest {
  private static String printed(Table table) {
    var bytes = new ByteArrayOutputStream();
    table.print(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void columnsAreTwentyWideAndGrowWithWhatIsInThem() {
    Table table = new Table("A", "B", "C");
    table.row("short", "a cell that is longer than twenty", "x");
    assertThat(printed(table))
        .isEqualTo(
            """
            A                   B                                   C
            short               a cell that is longer than twenty   x
            """);
  }

  @Test
  void compactColumnsAreAsWideAsNeeded() {
    Table table = Table.compact("CHECK", "VERDICT", "FOUND");
    table.row("kernel", "\u001b[32mok\u001b[0m", "6.1");
    table.row("crun", "missing", "");
    assertThat(printed(table))
        .isEqualTo(
            """
            CHECK    VERDICT   FOUND
            kernel   \u001b[32mok\u001b[0m        6.1
            crun     missing
            """);
  }

  @Test
  void aRowHasAsManyCellsAsTheHeader() {
    assertThatThrownBy(() -> new Table("A", "B").row("only one"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("1 cells, not 2");
  }
}
