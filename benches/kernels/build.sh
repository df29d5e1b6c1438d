#!/bin/sh
# Compiles the C kernels to the .wasm files beside them. Those in the repository are by clang 19.1.7 of Debian 12.
set -eu
cd "$(dirname "$0")"

# WebAssembly 1.0, so that every engine can run them; no memset or memcpy in place of our loops.
for source in *.c; do
    "${CLANG:-clang-19}" --target=wasm32 -mcpu=mvp -std=c17 -O2 -Wall -Wextra -ffreestanding -fno-builtin \
        -ffp-contract=off -nostdlib \
        -Wl,--no-entry -Wl,--strip-all -Wl,-z,stack-size=8192 -o "${source%.c}.wasm" "$source"
done

# The linker takes them for programs.
chmod -x ./*.wasm
