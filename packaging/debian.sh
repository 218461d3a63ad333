# shellcheck shell=bash disable=SC2034
# Sourced by ./gantry, for which the lists are: installs the Debian packages that are missing.

# package=a file of it; its absence means that the package is missing. Plain file tests, so that
# looking costs nothing at each start.
NODE_PACKAGES=(
  runc=/usr/sbin/runc
  crun=/usr/bin/crun
  conmon=/usr/bin/conmon
  containernetworking-plugins=/usr/lib/cni/bridge
  iptables=/usr/sbin/iptables
  catatonit=/usr/bin/catatonit
  busybox=/bin/busybox
  iproute2=/bin/ip
  libisal2=/usr/lib/*/libisal.so.2
  libseccomp2=/usr/lib/*/libseccomp.so.2
  libssl3=/usr/lib/*/libcrypto.so.3
)
BUILD_PACKAGES=(maven=/usr/share/maven/bin/mvn)
DEMO_PACKAGES=(docker-registry=/usr/bin/docker-registry)
TEST_PACKAGES=(
  openssl=/usr/bin/openssl
  procps=/bin/kill
  mmdebstrap=/usr/bin/mmdebstrap
  skopeo=/usr/bin/skopeo
  umoci=/usr/bin/umoci
  containerd=/usr/bin/containerd
)
# Of the release's backports: the release's own runsc is older than systrap, its way to run on any
# kernel without /dev/kvm.
TEST_BACKPORTS=(runsc=/usr/bin/runsc)

POLICY=/usr/sbin/policy-rc.d
POLICY_MARK='# Written by gantry while it installs packages, so that none of them starts a service.'

# missing NAME=FILE…: puts the names of those whose file is absent into MISSING.
missing() {
  local entry
  MISSING=()
  for entry in "$@"; do
    compgen -G "${entry#*=}" >/dev/null || MISSING+=("${entry%%=*}")
  done
}

# need NAME=FILE…: installs those whose file is absent.
need() {
  missing "$@"
  ((${#MISSING[@]} == 0)) || install_packages "${MISSING[@]}"
}

# need_backports NAME=FILE…: as need, from the backports of this release, by lists of our own, so that
# the machine's sources stay as they are. A release without them has it among its own.
# shellcheck disable=SC1091,SC2016
need_backports() {
  local uri='' codename=''
  missing "$@"
  local missing=("${MISSING[@]}")
  ((${#missing[@]} > 0)) || return 0
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
  uri=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' 2>/dev/null |
    awk -v name="$codename" '$2 == name { print $1; exit }')
  if [[ -z $codename || -z $uri ]]; then
    install_packages "${missing[@]}"
    return
  fi
  local lists=$WORK/backports
  mkdir -p "$lists/lists/partial"
  printf 'Types: deb\nURIs: %s\nSuites: %s-backports\nComponents: main\nSigned-By: %s\n' \
    "$uri" "$codename" /usr/share/keyrings/debian-archive-keyring.gpg >"$lists/backports.sources"
  APT_OPTIONS=(-o "Dir::Etc::sourcelist=$lists/backports.sources" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$lists/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=)
  if ! apt_get update || ! install_packages "${missing[@]/%//$codename-backports}"; then
    APT_OPTIONS=()
    echo "gantry: $codename-backports cannot be had; installing ${missing[*]} of $codename itself," \
      "which may be too old: its tests will say so" >&2
    install_packages "${missing[@]}"
    return
  fi
  APT_OPTIONS=()
}

install_packages() {
  local log=$WORK/packages.log
  if ! type -P apt-get >/dev/null; then
    echo "gantry: cannot install what is missing, there is no apt-get here. Install: $*" >&2
    return 1
  fi
  progress "installing $*" "$log"
  keep_services_down
  # The lists of a fresh machine are empty and those of an old one name files that are gone:
  # only then are they fetched.
  if ! apt_get install -- "$@" && ! { apt_get update && apt_get install -- "$@"; }; then
    let_services_start
    failed "$log" "$(packages_advice "$@")"
    return 1
  fi
  let_services_start
  # With systemd a package also enables its services for the next boot; the registry of the demo
  # is started by the demo alone.
  if [[ " $* " == *" docker-registry "* && -d /run/systemd/system ]]; then
    systemctl disable --quiet docker-registry.service >>"$log" 2>&1 || true
  fi
  finished
}

# What to do when packages cannot be installed: without a network, for all that is not there yet.
packages_advice() {
  if grep -qE 'Temporary failure resolving|Could not (resolve|connect)|Network is unreachable' "$WORK/apt.out"; then
    missing "$@" "${NODE_PACKAGES[@]}" "${BUILD_PACKAGES[@]}"
    printf 'The package sources of this machine cannot be reached. Connect it and run this again, or install\n  %s\n%s' \
      "$(printf '%s\n' "${@}" "${MISSING[@]}" | sort -u | paste -sd ' ')" \
      '  in another way. The first build also takes libraries from Maven Central.'
  else
    echo "Try: apt-get install $*"
  fi
}

APT_OPTIONS=()

# apt_get VERB…: apt-get without questions, waiting for another one that is at work.
apt_get() {
  local attempt
  for attempt in {1..60}; do
    DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes --no-install-recommends \
      ${APT_OPTIONS[@]+"${APT_OPTIONS[@]}"} \
      -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@" >"$WORK/apt.out" 2>&1 </dev/null &&
      { cat "$WORK/apt.out" >>"$WORK/packages.log"; return 0; }
    cat "$WORK/apt.out" >>"$WORK/packages.log"
    # The lock of the lists knows no waiting of its own.
    grep -q 'Could not get lock' "$WORK/apt.out" || return 1
    ((attempt < 60)) && sleep 5
  done
  return 1
}

# A policy that is there already stays as it is; one that a killed run of ours left is ours.
keep_services_down() {
  if [[ ! -e $POLICY ]] || grep -qxF "$POLICY_MARK" "$POLICY"; then
    printf '#!/bin/sh\n%s\nexit 101\n' "$POLICY_MARK" >"$POLICY"
    chmod 755 "$POLICY"
    trap let_services_start EXIT
  fi
}

let_services_start() {
  if [[ -e $POLICY ]] && grep -qxF "$POLICY_MARK" "$POLICY"; then
    rm -f "$POLICY"
  fi
}
