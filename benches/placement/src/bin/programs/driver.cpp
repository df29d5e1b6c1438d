// Runs a program that Faust has compiled with -mem, in an arena at a known address, to be traced.
//
// Prints the zones in the order of allocation. The arena's first word is stored to before each block and loaded from after it.

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <sys/mman.h>

#include <faust/dsp/dsp.h>
#include <faust/gui/UI.h>
#include <faust/gui/meta.h>

#include "program.cpp"

static char *const arena = reinterpret_cast<char *>(ARENA);

struct Arena : dsp_memory_manager {
    size_t next = 64;

    void *allocate(size_t size) override {
        size_t offset = (next + 15) / 16 * 16;
        next = offset + size;
        if (next > ARENA_BYTES) {
            fprintf(stderr, "the program needs more than %zu bytes\n", size_t(ARENA_BYTES));
            exit(2);
        }
        printf("zone %zu %zu\n", offset, size);
        return arena + offset;
    }

    void destroy(void *zone) override {
        printf("gone %zu\n", size_t(static_cast<char *>(zone) - arena));
    }
};

int main(int, char **arguments) {
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
    if (mmap(arena, ARENA_BYTES, PROT_READ | PROT_WRITE, flags, -1, 0) != arena) {
        fprintf(stderr, "the arena's address is taken\n");
        return 2;
    }
    static Arena manager;
    mydsp::fManager = &manager;
    mydsp::classInit(RATE);
    mydsp *program = mydsp::create();
    printf("object %zu\n", size_t(reinterpret_cast<char *>(program) - arena));
    // The arena is all zero, so nothing is to be cleared.
    program->instanceConstants(RATE);
    program->instanceResetUserInterface();

    const int most = 64;
    static float samples[2][most][BLOCK];
    float *in[most], *out[most];
    for (int channel = 0; channel < most; channel++) {
        in[channel] = samples[0][channel];
        out[channel] = samples[1][channel];
    }
    if (program->getNumInputs() > most || program->getNumOutputs() > most) {
        return 2;
    }
    fflush(stdout);
    volatile int *mark = reinterpret_cast<volatile int *>(arena);
    unsigned noise = 1;
    for (int blocks = atoi(arguments[1]); blocks > 0; blocks--) {
        for (int channel = 0; channel < program->getNumInputs(); channel++) {
            for (int at = 0; at < BLOCK; at++) {
                noise = noise * 1664525u + 1013904223u;
                in[channel][at] = float(int(noise)) / 4294967296.0f;
            }
        }
        *mark = 1;
        program->compute(BLOCK, in, out);
        (void)*mark;
    }
    return 0;
}
