/** What commands print: tables, sizes, ages, JSON and YAML, in crictl's shape. */
@NullMarked
package dev.gantry.cli.output;

import org.jspecify.annotations.NullMarked;
