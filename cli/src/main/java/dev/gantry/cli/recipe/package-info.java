/**
 * Images made on this machine of Debian packages, for manifests that bring recipes of their images
 * along: docs/image-recipes.md tells their form.
 */
@NullMarked
package dev.gantry.cli.recipe;

import org.jspecify.annotations.NullMarked;
