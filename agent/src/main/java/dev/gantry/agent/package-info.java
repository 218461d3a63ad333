/**
 * The node agent: what a kubelet does on a node, for people with manifests and a machine but no
 * cluster. It speaks only CRI to its runtime, so it runs on any.
 */
@NullMarked
package dev.gantry.agent;

import org.jspecify.annotations.NullMarked;
