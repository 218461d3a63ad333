# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by ./gantry, after bin/find-jdk and debian.sh: installs a JDK 25 where there is none.

# As the package sources of releases younger than Debian 12, and Adoptium's own, name it.
JDK_PACKAGES=(temurin-25-jdk openjdk-25-jdk-headless)
JDK_TARGET=/usr/lib/jvm/temurin-25-jdk
# GANTRY_JDK_API: where a mirror of Adoptium's API is.
JDK_API=${GANTRY_JDK_API:-https://api.adoptium.net}
JDK_ADVICE='No package source of this machine has a JDK 25 (Debian 12 has none itself). Unpack Eclipse Temurin 25
  of https://adoptium.net below /usr/lib/jvm, or set JAVA_HOME to the JDK 25 you have.'

# A JDK with which Gantry can be built and run, in JDK_HOME.
need_jdk() {
  find_jdk javac 2>/dev/null && return
  local package
  if type -P apt-get >/dev/null; then
    mkdir -p "$WORK"
    offered_jdk >/dev/null || apt_get update || true # without a network the next step says so
    if package=$(offered_jdk) && install_packages "$package"; then
      find_jdk javac
      return
    fi
  fi
  fetch_jdk && find_jdk javac
}

# The first of the packages that the machine's sources offer.
offered_jdk() {
  local package
  for package in "${JDK_PACKAGES[@]}"; do
    if apt-cache policy "$package" 2>/dev/null | grep -q '^ *Candidate: [^(]'; then
      echo "$package"
      return
    fi
  done
  return 1
}

fetch_jdk() {
  local log=$WORK/jdk.log part
  if type -P apt-get >/dev/null; then
    need curl=/usr/bin/curl ca-certificates=/etc/ssl/certs/ca-certificates.crt || {
      echo "gantry: $JDK_ADVICE" >&2
      return 1
    }
  fi
  progress "fetching a JDK 25 from ${JDK_API#*//} into $JDK_TARGET" "$log"
  mkdir -p "${JDK_TARGET%/*}"
  part=$(mktemp -d "$JDK_TARGET.XXXXXX")
  if ! unpack_jdk "$part" >>"$log" 2>&1; then
    rm -rf "$part"
    failed "$log" "$JDK_ADVICE"
    return 1
  fi
  rm -rf "$JDK_TARGET"
  mv "$part" "$JDK_TARGET"
  finished
}

# unpack_jdk DIRECTORY: the archive with the digest that the API gives.
unpack_jdk() {
  local arch asset link digest
  case $(uname -m) in
    x86_64) arch=x64 ;;
    aarch64) arch=aarch64 ;;
    *)
      echo "no archive is known for $(uname -m)"
      return 1
      ;;
  esac
  asset=$(fetch_url "$JDK_API/v3/assets/latest/25/hotspot?architecture=$arch&image_type=jdk&os=linux&vendor=eclipse") ||
    return 1
  link=$(grep -oE '"link" *: *"[^"]+\.tar\.gz"' <<<"$asset" | head -n 1 | cut -d '"' -f 4)
  digest=$(grep -oE '"checksum" *: *"[0-9a-f]{64}"' <<<"$asset" | head -n 1 | cut -d '"' -f 4)
  if [[ -z $link || -z $digest ]]; then
    echo "the answer of $JDK_API names no archive"
    return 1
  fi
  echo "fetching $link"
  fetch_url "$link" >"$1/archive" &&
    sha256sum --check --quiet - <<<"$digest  $1/archive" &&
    tar -xzf "$1/archive" -C "$1" --strip-components=1 --no-same-owner &&
    rm "$1/archive" &&
    chmod 755 "$1"
}

fetch_url() { curl --fail --silent --show-error --location --retry 3 --connect-timeout 30 "$1"; }
