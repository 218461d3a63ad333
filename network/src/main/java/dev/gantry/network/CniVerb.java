package dev.gantry.network;

/** What a plug-in is asked to do: the values of CNI_COMMAND (spec section 2). */
enum CniVerb {
  ADD,
  DEL,
  CHECK,
  /** Since 1.1: whether the plug-in can do an ADD now. */
  STATUS,
  /** Since 1.1: the plug-in drops what belongs to no attachment that it is told of. */
  GC,
  VERSION
}
