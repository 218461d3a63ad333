/** What happens to pods and containers, told to whoever listens by GetContainerEvents. */
@NullMarked
package dev.gantry.daemon.event;

import org.jspecify.annotations.NullMarked;
