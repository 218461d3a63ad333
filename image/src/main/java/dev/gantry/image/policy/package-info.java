/**
 * Which images may come in: containers-policy.json(5), signatures of sigstore, and proof that who
 * pulls may have layers that are here already.
 */
@NullMarked
package dev.gantry.image.policy;

import org.jspecify.annotations.NullMarked;
