/**
 * A client channel on a unix socket. This page also keeps the server settings that took the least
 * memory; docs/decisions/0001 has the figures and how they were got.
 *
 * {@snippet lang = java :
 * EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
 * ByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
 * Server server =
 *     NettyServerBuilder.forAddress(new DomainSocketAddress(path))
 *         .channelType(EpollServerDomainSocketChannel.class)
 *         .bossEventLoopGroup(loop)
 *         .workerEventLoopGroup(loop) // one thread accepts, reads and writes
 *         .executor(Executors.newVirtualThreadPerTaskExecutor())
 *         .withOption(ChannelOption.ALLOCATOR, allocator)
 *         .withChildOption(ChannelOption.ALLOCATOR, allocator)
 *         .withChildOption(ChannelOption.SO_KEEPALIVE, null) // else Netty warns at each client
 *         .maxInboundMessageSize(CriChannel.MAX_MESSAGE_BYTES)
 *         .addService(service)
 *         .build();
 * }
 *
 * <ul>
 *   <li><b>Allocator:</b> unpooled buffers take 5 to 8 MB less than gRPC's pooled ones, which keep
 *       their chunks, and no more CPU time; Netty's adaptive allocator takes as much as the pooled
 *       one. An {@code io.netty.allocator.*} property is not enough: gRPC makes an allocator of its
 *       own unless the channel options name one.
 *   <li><b>Executor:</b> virtual threads cost no more memory than a pool of two.
 *   <li><b>JVM:</b> {@code -XX:+UseSerialGC -Xmx48m -Xms8m -Xmn2m -XX:+UseCompactObjectHeaders
 *       -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=24m -Xss256k -XX:-UsePerfData
 *       -XX:TrimNativeHeapInterval=5000 --enable-native-access=ALL-UNNAMED
 *       --sun-misc-unsafe-memory-access=allow}, and {@code MALLOC_ARENA_MAX=1}.
 *   <li><b>AOT cache:</b> all of it becomes resident, so it must hold nothing but what the daemon
 *       loads: train it with the clients in processes of their own, give the CLI a cache of its
 *       own, and use {@code -XX:+UnlockDiagnosticVMOptions -XX:-AOTRecordTraining
 *       -XX:-AOTReplayTraining} in training and later, as profiles are of no use to C1. With an
 *       initial heap too small for the cache's objects the JVM does not start.
 * </ul>
 */
@NullMarked
package dev.gantry.cri.channel;

import org.jspecify.annotations.NullMarked;
