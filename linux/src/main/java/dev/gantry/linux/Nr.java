package dev.gantry.linux;

/**
 * System call numbers of the machine this runs on, x86_64 (arch/x86/entry/syscalls/syscall_64.tbl)
 * or aarch64 (include/uapi/asm-generic/unistd.h). For this module only.
 */
public final class Nr {
  private static final boolean X86 = isX86();

  public static final int ACCEPT4 = X86 ? 288 : 242;
  public static final int BIND = X86 ? 49 : 200;
  public static final int CAPSET = X86 ? 126 : 91;
  public static final int CHDIR = X86 ? 80 : 49;
  public static final int CHROOT = X86 ? 161 : 51;
  public static final int CLONE = X86 ? 56 : 220;
  public static final int CLOSE = X86 ? 3 : 57;
  public static final int CLOSE_RANGE = 436;
  public static final int CONNECT = X86 ? 42 : 203;
  public static final int COPY_FILE_RANGE = X86 ? 326 : 285;
  public static final int DUP3 = X86 ? 292 : 24;
  public static final int EPOLL_CREATE1 = X86 ? 291 : 20;
  public static final int EPOLL_CTL = X86 ? 233 : 21;
  public static final int EPOLL_PWAIT = X86 ? 281 : 22;
  public static final int EVENTFD2 = X86 ? 290 : 19;
  public static final int EXECVE = X86 ? 59 : 221;
  public static final int EXIT_GROUP = X86 ? 231 : 94;
  public static final int FALLOCATE = X86 ? 285 : 47;
  public static final int FCHDIR = X86 ? 81 : 50;
  public static final int FCHMOD = X86 ? 91 : 52;
  public static final int FCHMODAT = X86 ? 268 : 53;
  public static final int FCHMODAT2 = 452;
  public static final int FCHOWN = X86 ? 93 : 55;
  public static final int FCHOWNAT = X86 ? 260 : 54;
  public static final int FCNTL = X86 ? 72 : 25;
  public static final int FDATASYNC = X86 ? 75 : 83;
  public static final int FGETXATTR = X86 ? 193 : 10;
  public static final int FLISTXATTR = X86 ? 196 : 13;
  public static final int FLOCK = X86 ? 73 : 32;
  public static final int FREMOVEXATTR = X86 ? 199 : 16;
  public static final int FSCONFIG = 431;
  public static final int FSETXATTR = X86 ? 190 : 7;
  public static final int FSMOUNT = 432;
  public static final int FSOPEN = 430;
  public static final int FSTATFS = X86 ? 138 : 44;
  public static final int FSYNC = X86 ? 74 : 82;
  public static final int FTRUNCATE = X86 ? 77 : 46;
  public static final int GETDENTS64 = X86 ? 217 : 61;
  public static final int GETPID = X86 ? 39 : 172;
  public static final int GETSOCKNAME = X86 ? 51 : 204;
  public static final int GETSOCKOPT = X86 ? 55 : 209;
  public static final int GETTID = X86 ? 186 : 178;
  public static final int GETXATTR = X86 ? 191 : 8;
  public static final int INOTIFY_ADD_WATCH = X86 ? 254 : 27;
  public static final int INOTIFY_INIT1 = X86 ? 294 : 26;
  public static final int INOTIFY_RM_WATCH = X86 ? 255 : 28;
  public static final int IOCTL = X86 ? 16 : 29;
  public static final int KILL = X86 ? 62 : 129;
  public static final int LGETXATTR = X86 ? 192 : 9;
  public static final int LINKAT = X86 ? 265 : 37;
  public static final int LISTEN = X86 ? 50 : 201;
  public static final int LISTXATTR = X86 ? 194 : 11;
  public static final int LLISTXATTR = X86 ? 195 : 12;
  public static final int LREMOVEXATTR = X86 ? 198 : 15;
  public static final int LSEEK = X86 ? 8 : 62;
  public static final int LSETXATTR = X86 ? 189 : 6;
  public static final int MEMFD_CREATE = X86 ? 319 : 279;
  public static final int MKDIRAT = X86 ? 258 : 34;
  public static final int MKNODAT = X86 ? 259 : 33;
  public static final int MOUNT = X86 ? 165 : 40;
  public static final int MOUNT_SETATTR = 442;
  public static final int MOVE_MOUNT = 429;
  public static final int OPENAT = X86 ? 257 : 56;
  public static final int OPENAT2 = 437;
  public static final int OPEN_TREE = 428;
  public static final int PIDFD_GETFD = 438;
  public static final int PIDFD_OPEN = 434;
  public static final int PIDFD_SEND_SIGNAL = 424;
  public static final int PIPE2 = X86 ? 293 : 59;
  public static final int PIVOT_ROOT = X86 ? 155 : 41;
  public static final int PPOLL = X86 ? 271 : 73;
  public static final int PRCTL = X86 ? 157 : 167;
  public static final int PREAD64 = X86 ? 17 : 67;
  public static final int PRLIMIT64 = X86 ? 302 : 261;
  public static final int PWRITE64 = X86 ? 18 : 68;
  public static final int PWRITEV2 = X86 ? 328 : 287;
  public static final int READ = X86 ? 0 : 63;
  public static final int READLINKAT = X86 ? 267 : 78;
  public static final int RECVFROM = X86 ? 45 : 207;
  public static final int RECVMSG = X86 ? 47 : 212;
  public static final int REMOVEXATTR = X86 ? 197 : 14;
  public static final int RENAMEAT2 = X86 ? 316 : 276;
  public static final int SECCOMP = X86 ? 317 : 277;
  public static final int SENDFILE = X86 ? 40 : 71;
  public static final int SENDMSG = X86 ? 46 : 211;
  public static final int SENDTO = X86 ? 44 : 206;
  public static final int SETGROUPS = X86 ? 116 : 159;
  public static final int SETHOSTNAME = X86 ? 170 : 161;
  public static final int SETNS = X86 ? 308 : 268;
  public static final int SETRESGID = X86 ? 119 : 149;
  public static final int SETRESUID = X86 ? 117 : 147;
  public static final int SETSOCKOPT = X86 ? 54 : 208;
  public static final int SETXATTR = X86 ? 188 : 5;
  public static final int SHUTDOWN = X86 ? 48 : 210;
  public static final int SOCKET = X86 ? 41 : 198;
  public static final int SOCKETPAIR = X86 ? 53 : 199;
  public static final int SPLICE = X86 ? 275 : 76;
  public static final int STATFS = X86 ? 137 : 43;
  public static final int STATX = X86 ? 332 : 291;
  public static final int SYMLINKAT = X86 ? 266 : 36;
  public static final int SYNC = X86 ? 162 : 81;
  public static final int SYNCFS = X86 ? 306 : 267;
  public static final int SYNC_FILE_RANGE = X86 ? 277 : 84;
  public static final int TGKILL = X86 ? 234 : 131;
  public static final int UMASK = X86 ? 95 : 166;
  public static final int UMOUNT2 = X86 ? 166 : 39;
  public static final int UNLINKAT = X86 ? 263 : 35;
  public static final int UNSHARE = X86 ? 272 : 97;
  public static final int UTIMENSAT = X86 ? 280 : 88;
  public static final int WAIT4 = X86 ? 61 : 260;
  public static final int WAITID = X86 ? 247 : 95;
  public static final int WRITE = X86 ? 1 : 64;

  private Nr() {}

  private static boolean isX86() {
    String arch = System.getProperty("os.arch", "");
    return switch (arch) {
      case "amd64", "x86_64" -> true;
      case "aarch64" -> false;
      default ->
          throw new UnsupportedOperationException("Gantry runs on x86_64 and aarch64, not " + arch);
    };
  }
}
