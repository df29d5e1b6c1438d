#!/bin/sh
# Fills the corpus of the target `impala` with the sources of this repository.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$here/corpus/impala"
cp "$here"/../crates/lang/tests/conformance/*.impala "$here"/../patches/*.impala "$here/corpus/impala/"
