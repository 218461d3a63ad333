# Run by conmon in the place of a runtime whose containers share the sandbox of their pod:
#   sh sandboxed.sh RUNTIME OPTION… create --bundle B --pid-file P [--console-socket S] ID
#
# Such a container has no process on the host that conmon could wait for, and its streams are those
# of `start`, not of `create`. So a process stays here that conmon takes for the container. It waits
# for a line in B/exec.fifo, starts the container on conmon's pipes, says in B/started.fifo how that
# went (0 or 1; B/start.log has the reason), waits for the container's end and ends with its code.
set -u

n=$# previous='' bundle='' pidfile='' id=''
while [ "$n" -gt 0 ]; do
  arg=$1
  shift
  case $previous in
    --bundle) bundle=$arg ;;
    --pid-file) pidfile=$arg arg=$arg.runtime ;;
  esac
  previous=$arg id=$arg n=$((n - 1))
  set -- "$@" "$arg"
done

mkfifo -m 600 "$bundle/exec.fifo" "$bundle/started.fifo" || exit 1
"$@" || exit 1

# What is kept of the arguments is the runtime with its options.
n=$# kept=0
until [ "$1" = create ]; do
  arg=$1
  shift
  set -- "$@" "$arg"
  kept=$((kept + 1))
done
shift $((n - kept))

# Open at both ends, so that opening waits for nobody; 7 because what runs behind has no input.
exec 7<&0 8<>"$bundle/exec.fifo" 9<>"$bundle/started.fifo"
(
  exec <&7 7<&-
  read -r _ <&8
  rm -f "$bundle/exec.fifo"
  if "$@" --log="$bundle/start.log" --log-format=json start "$id" 8<&- 9<&-; then
    echo 0 >&9
  else
    echo 1 >&9
    exit 128
  fi
  exec </dev/null >/dev/null 2>&1 8<&- 9<&-
  until result=$("$@" wait "$id"); do
    case $("$@" state "$id") in
      *'"status": "running"'*) sleep 1 ;;
      *) exit 137 ;;
    esac
  done
  code=${result##*:}
  code=${code%%[!0-9]*}
  exit "${code:-137}"
) &
echo $! >"$pidfile"
