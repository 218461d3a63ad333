#!/bin/bash
# The bare floor of a pod with one container: the kernel, CNI and OCI runtime steps that no container
# runtime can do without, one after the other, with nothing around them. It reads commands
#   prepare ID | up ID | use ID | down ID
# and answers each with one line: `ok STEP=MICROSECONDS…` or `failed STEP`. What a step says goes to
# standard error. `prepare` is not timed: it writes what a runtime would compute.
#
# From the environment:
#   FLOOR_STATE, FLOOR_ROOT   where pods and their writable layers go (a tmpfs and a disk)
#   FLOOR_LOWER               lower directories of the root file system, as overlay wants them
#   FLOOR_CONFIG              config.json with @POD@ and @ID@ in it
#   FLOOR_PLUGINS, FLOOR_NETWORK  directory of CNI plug-ins; configuration of the bridge plug-in
#   FLOOR_RUNTIME             the OCI runtime's binary
#   FLOOR_CGROUP              path of the cgroup above those that config.json names
set -u
export LC_ALL=C # the dot in EPOCHREALTIME
shopt -s nullglob
exec 3>&1 1>&2 # answers go to 3
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
exits=$FLOOR_STATE/exits
runtime=("$FLOOR_RUNTIME" "--root=$FLOOR_STATE/${FLOOR_RUNTIME##*/}")
mkdir -p "$exits" "$FLOOR_STATE/${FLOOR_RUNTIME##*/}" "$FLOOR_STATE/sync"
sync=$FLOOR_STATE/sync/$$
mkfifo -m 600 "$sync"
exec 9<>"$sync"

begin() {
  steps=
  first=${EPOCHREALTIME/./}
  last=$first
}
# lap NAME STATUS: ends a step, or gives up.
lap() {
  local now=${EPOCHREALTIME/./}
  if (($2 != 0)); then
    echo "failed $1" >&3
    return 1
  fi
  steps+=" $1=$((now - last))"
  last=$now
}
end() { echo "ok$steps total=$((last - first))" >&3; }

cni() { # VERB ID
  CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=$FLOOR_STATE/$2/ns/network CNI_IFNAME=eth0 CNI_ARGS='' \
    CNI_PATH=$FLOOR_PLUGINS "$FLOOR_PLUGINS/bridge" <"$FLOOR_NETWORK" >"$FLOOR_STATE/$2/cni.json"
}

prepare() {
  local pod=$FLOOR_STATE/$1 config
  mkdir -p "$pod"/{ns,shm,rootfs} "$FLOOR_ROOT/$1"/{upper,work}
  touch "$pod/ns/network" "$pod/ns/ipc" "$pod/ns/uts"
  cp /etc/resolv.conf /etc/hosts /etc/hostname "$pod/"
  config=$(<"$FLOOR_CONFIG")
  config=${config//@POD@/"$pod"}
  printf %s "${config//@ID@/$1}" >"$pod/config.json"
  echo ok >&3
}

create() {
  local pod=$FLOOR_STATE/$1 answer
  cd "$pod" || return
  _OCI_SYNCPIPE=9 conmon -c "$1" -u "$1" -n bench -r "$FLOOR_RUNTIME" -b "$pod" -p "$pod/pidfile" \
    -P "$pod/conmon.pid" --exit-dir "$exits" --persist-dir "$pod" -l "k8s-file:$pod/log" \
    --full-attach --no-sync-log --runtime-arg "${runtime[1]}" \
    </dev/null 3>&- || return
  read -r -t 60 -u 9 answer || return
  [[ $answer =~ \"(pid|data)\":\ *[1-9] ]] || {
    echo "$answer" >&2
    return 1
  }
}

up() {
  local pod=$FLOOR_STATE/$1 layer=$FLOOR_ROOT/$1
  begin
  unshare --net="$pod/ns/network" --ipc="$pod/ns/ipc" --uts="$pod/ns/uts" -- ip link set lo up
  lap namespaces $? || return
  cni ADD "$1"
  lap network $? || return
  mount -t tmpfs -o size=64m,mode=1777,nosuid,nodev,noexec shm "$pod/shm"
  lap shm $? || return
  mount -t overlay -o "lowerdir=$FLOOR_LOWER,upperdir=$layer/upper,workdir=$layer/work" overlay \
    "$pod/rootfs"
  lap rootfs $? || return
  create "$1"
  lap create $? || return
  "${runtime[@]}" start "$1"
  lap start $? || return
  end
}

use() {
  begin
  "${runtime[@]}" exec "$1" true
  lap exec $? || return
  end
}

# Does what is left to do, whatever `up` came to.
down() {
  local pod=$FLOOR_STATE/$1 pid='' tries=0
  begin
  [[ -e $pod/pidfile ]] && pid=$(<"$pod/pidfile")
  if [[ -n $pid ]] && kill -KILL "$pid" 2>/dev/null; then
    until [[ -e $exits/$1 ]] || ((tries++ > 5000)); do read -r -t 0.001 -u 9; done
  fi
  lap kill 0
  [[ -z $pid ]] || "${runtime[@]}" delete --force "$1"
  lap delete $?
  cni DEL "$1"
  lap network $? || return
  umount "$pod/rootfs" "$pod/shm" "$pod"/ns/*
  lap unmount 0
  rm -rf "$pod" "${FLOOR_ROOT:?}/$1" "${exits:?}/$1"
  lap files $? || return
  # The runtime has removed its own cgroup; this is the pod's.
  local groups=(/sys/fs/cgroup/*"$FLOOR_CGROUP/floor-$1")
  ((${#groups[@]} == 0)) || rmdir "${groups[@]}"
  lap cgroup $?
  end
}

while read -r command id; do
  case $command in
    prepare | up | use | down) "$command" "$id" ;;
    *) echo "failed $command" >&3 ;;
  esac
done
rm -f "$sync"
