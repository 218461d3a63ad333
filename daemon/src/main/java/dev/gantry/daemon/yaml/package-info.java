/** Files in YAML or JSON that others write for container runtimes, read strictly. */
@NullMarked
package dev.gantry.daemon.yaml;

import org.jspecify.annotations.NullMarked;
