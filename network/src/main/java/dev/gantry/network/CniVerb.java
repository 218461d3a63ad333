package dev.gantry.network;

/** What a plug-in is asked to do: the values of CNI_COMMAND (spec section 2). */
enum CniVerb {
  ADD,
  DEL,
  CHECK,
  VERSION
}
