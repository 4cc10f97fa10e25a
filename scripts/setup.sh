#!/usr/bin/env bash
# Installs what is missing to build Wisp, and the packages named as arguments; configures build/release. Touches apt only
# when something is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

libraries=(libstb-dev libgtest-dev libgmock-dev libcli11-dev libfmt-dev nlohmann-json3-dev libeigen3-dev zlib1g-dev
           libdnnl-dev libpng-dev libjpeg-dev libgif-dev libsixel-dev libonnx-dev libprotobuf-dev libjs-dygraphs libcpp-httplib-dev pkgconf)
missing=()
command -v g++ >/dev/null || missing+=(g++)
command -v cmake >/dev/null || missing+=(cmake)
command -v ninja >/dev/null || missing+=(ninja-build)

if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
  for package in "${libraries[@]}" "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    echo "setup: installing ${missing[*]}"
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then
      command -v sudo >/dev/null || { echo "setup: please install as root: apt-get install ${missing[*]}" >&2; exit 1; }
      as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
  fi
fi

advise() { # where there is no apt
  echo "setup: please install g++ 12 or later, cmake 3.25 or later, ninja and the libraries stb, GoogleTest, CLI11, fmt," \
       "nlohmann-json, Eigen, zlib, libpng, libjpeg-turbo, giflib, libsixel, oneDNN, ONNX, protobuf, dygraphs, cpp-httplib and pkg-config" \
       "(in Debian: g++ cmake ninja-build ${libraries[*]})" >&2
  exit 1
}
command -v g++ >/dev/null && command -v cmake >/dev/null && command -v ninja >/dev/null || advise

mkdir -p build
cmake --preset release -DWISP_WARNINGS_AS_ERRORS="$([ -n "${CI:-}" ] && echo ON || echo OFF)" >build/configure.log 2>&1 ||
  { cat build/configure.log >&2; command -v apt-get >/dev/null || advise; exit 1; }
