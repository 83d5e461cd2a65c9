#!/bin/sh
# Makes configure from configure.ac: once after a clone.
set -e
cd "$(dirname "$0")"
for tool in autoreconf:autoconf aclocal:automake libtoolize:libtool pkg-config:pkg-config; do
  command -v "${tool%:*}" >/dev/null || {
    echo "autogen.sh: ${tool%:*} is missing: apt-get install ${tool#*:}" >&2
    exit 1
  }
done
mkdir -p m4 build-aux
exec autoreconf --install --warnings=all,no-portability
