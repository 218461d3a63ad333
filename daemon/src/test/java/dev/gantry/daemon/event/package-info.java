@org.jspecify.annotations.NullMarked
package dev.gantry.daemon.event;
