#!/bin/sh
# Fills the corpora of the targets for languages with the sources of this repository.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$here/corpus/impala" "$here/corpus/c" "$here/corpus/basic"
cp "$here"/../crates/lang/tests/conformance/*.impala "$here"/../patches/*.impala "$here/corpus/impala/"
cp "$here"/../patches/*.c "$here/corpus/c/"
cp "$here"/../patches/*.bas "$here/corpus/basic/"
