#!/usr/bin/env bash
# Makes a base image for the Dockerfile out of this machine's own packages, for machines that reach no
# registry of images: a minimal Debian and a Java 25 that is installed here.
#
#   deploy/base-image.sh [--tag flotilla-base] [--java DIR] [--suite NAME] [--mirror URL]
#
# Needs root, debootstrap, a running container engine and its docker command. --java is the folder of a
# JDK or JRE 25 or later, by default JAVA_HOME or one under /usr/lib/jvm. Suite and mirror are by default
# those that apt uses here. Takes a minute; needs 1 GB in TMPDIR meanwhile.
set -euo pipefail

fail() {
  echo "base-image.sh: $*" >&2
  exit 1
}

java_major() { # major version of the Java in a folder, or 0
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null | grep . || echo 0
}

find_java() {
  local candidate
  for candidate in "${JAVA_HOME:-/nonexistent}" /usr/lib/jvm/*; do
    if [ "$(java_major "$candidate")" -ge 25 ]; then
      readlink -f "$candidate"
      return 0
    fi
  done
}

tag=flotilla-base
java=$(find_java)
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Suite: $suite" 2>/dev/null |
  head -n 1 || true)
[ -n "$mirror" ] ||
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | head -n 1 || true)
while [ $# -gt 0 ]; do
  case "$1" in
    --tag) tag=$2 ;;
    --java) java=$2 ;;
    --suite) suite=$2 ;;
    --mirror) mirror=$2 ;;
    *)
      sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
      exit 2
      ;;
  esac
  shift 2
done

[ "$(id -u)" = 0 ] || fail "needs root"
command -v debootstrap >/dev/null || fail "needs debootstrap (a Debian package of that name)"
docker version >/dev/null 2>&1 || fail "no container engine answers: start dockerd"
[ -n "$java" ] && [ "$(java_major "$java")" -ge 25 ] || fail "no Java 25 found: give --java DIR"
[ -n "$suite" ] && [ -n "$mirror" ] || fail "apt names no Debian suite or mirror: give --suite and --mirror"

root=$(mktemp -d "${TMPDIR:-/tmp}/flotilla-base.XXXXXX")
# --one-file-system: never into something that is mounted there.
trap 'rm -rf --one-file-system "$root"' EXIT
trap 'exit 130' INT TERM

echo "base-image.sh: $suite and $(basename "$java")" >&2
debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$root.log" 2>&1 || {
  tail -n 20 "$root.log" >&2
  fail "debootstrap failed (see $root.log)"
}
rm -f "$root.log"
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/doc/* \
  "$root"/usr/share/man/* "$root"/usr/share/locale/* "$root"/var/log/*

home=/usr/lib/jvm/java
mkdir -p "$root$home"
tar -C "$java" --exclude=./lib/src.zip --exclude=./man --exclude=./include --exclude=./jmods \
  --exclude=./demo -cf - . | tar -C "$root$home" -xf -

tar -C "$root" --one-file-system -cf - . |
  docker import --change "ENV JAVA_HOME=$home" --change 'ENV LANG=C.UTF-8' \
    --change "ENV PATH=$home/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
    --change 'CMD ["bash"]' - "$tag" >/dev/null
docker run --rm "$tag" java -version
echo "base-image.sh: made $tag" >&2
