#!/bin/bash
# Removes whatever a benchmark left, also one that was killed: clean.sh ROOT STATE CGROUP NETWORK BRIDGE
# Everything it touches carries one of these names; nothing of another daemon's does.
set -u
shopt -s nullglob
root=$1 state=$2 cgroup=$3 network=$4 bridge=$5
groups=(/sys/fs/cgroup/*"$cgroup" /sys/fs/cgroup/*"$cgroup"-monitors /sys/fs/cgroup"$cgroup"*)

for pid in /proc/[0-9]*; do # the daemon and the floor's conmons live in nobody's cgroup
  arguments=$(tr '\0' ' ' 2>/dev/null <"$pid/cmdline") || continue
  case $arguments in
    *"--config $root/config.toml "* | *conmon\ *"$state/"* | *docker-registry\ serve\ "$root/"* | \
      *containerd\ --config\ "$root/"*) kill -KILL "${pid#/proc/}" 2>/dev/null ;;
  esac
done
for ((tries = 0; tries < 50; tries++)); do
  pids=()
  ((${#groups[@]} == 0)) ||
    mapfile -t pids < <(find "${groups[@]}" -name cgroup.procs -exec cat {} + 2>/dev/null | sort -un)
  ((${#pids[@]} > 0)) || break
  kill -KILL "${pids[@]}" 2>/dev/null
  sleep 0.1
done

mapfile -t mounts < <(awk '{print $5}' /proc/self/mountinfo | grep -E "^($root|$state)(/|\$)" | sort -r)
((${#mounts[@]} == 0)) || umount -l "${mounts[@]}"
ip link show "$bridge" >/dev/null 2>&1 && ip link delete "$bridge"
rules=$(iptables-save -t nat 2>/dev/null | grep -F "name: \\\"$network\\\"" | grep "^-A POSTROUTING ")
if [[ -n $rules ]]; then
  {
    echo "*nat"
    # First the rules, then what their chains hold, then the chains.
    sed -n "s/^-A/-D/p; s/.* -j \\([^ ]*\\).*/-F \\1/p; s/^-F/-X/p" <<<"$rules" | sort -u
    echo COMMIT
  } | iptables-restore --noflush --wait
fi
rm -rf "$root" "$state"
for ((tries = 0; tries < 20; tries++)); do
  ((${#groups[@]} == 0)) && break
  find "${groups[@]}" -depth -type d -exec rmdir {} \; 2>/dev/null
  groups=(/sys/fs/cgroup/*"$cgroup" /sys/fs/cgroup/*"$cgroup"-monitors /sys/fs/cgroup"$cgroup"*)
  ((${#groups[@]} == 0)) || sleep 0.1
done
((${#groups[@]} == 0))
