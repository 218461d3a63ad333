/**
 * From files to objects: YAML and JSON as kubectl reads them, every unknown or unsupported field
 * refused with its place and a remedy, the API server's defaults and validation, and the pods that
 * a Deployment stands for.
 */
@NullMarked
package dev.gantry.agent.manifest;

import org.jspecify.annotations.NullMarked;
