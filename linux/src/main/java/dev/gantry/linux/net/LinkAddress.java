package dev.gantry.linux.net;

import java.net.InetAddress;

/**
 * An IP address of a link.
 *
 * @param linkIndex the link's number in its network namespace
 * @param address the link's own address
 * @param prefixLength leading bits that name the network
 */
public record LinkAddress(int linkIndex, InetAddress address, int prefixLength) {}
