/**
 * Fixtures for tests against the real thing: images made in Java, a registry, private directories,
 * CNI plug-ins and registries that misbehave, and a check that nothing is left behind.
 *
 * <p>Nothing here depends on another module of Gantry, so that a fixture cannot share a mistake
 * with what it tests: digests are strings and archives are written by a tar writer of its own.
 */
@NullMarked
package dev.gantry.testkit;

import org.jspecify.annotations.NullMarked;
