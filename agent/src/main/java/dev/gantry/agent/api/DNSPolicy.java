package dev.gantry.agent.api;

/** Where a pod's resolv.conf comes from. */
public enum DNSPolicy {
  ClusterFirstWithHostNet,
  ClusterFirst,
  Default,
  None
}
