/**
 * How work is run: once for all who ask for it ({@link dev.gantry.daemon.work.Operations}), taken
 * back when it fails ({@link dev.gantry.daemon.work.Rollback}), and tried again until it is done
 * ({@link dev.gantry.daemon.work.Retries}).
 */
@NullMarked
package dev.gantry.daemon.work;

import org.jspecify.annotations.NullMarked;
