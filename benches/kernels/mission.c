// The benchmark of ConeZ's analysis of linear memory behind a page cache, as C that means what it says: a sieve, and a kilobyte
// written and read again and again. `base` is where its two arrays begin. The original's compiler made four bytes of an
// unsigned char; both sizes are here, with the checksum of each: 130,560,000 and 1,546,752,000.

enum { CELLS = 1024, SIEVES = 100, PASSES = 1000 };

#define MISSION(name, cell)                                                                                            \
    __attribute__((export_name("primes_" #name))) int primes_##name(cell *base) {                                      \
        cell *sieve = base;                                                                                            \
        int count = 0;                                                                                                 \
        for (int time = 0; time < SIEVES; time++) {                                                                    \
            for (int i = 0; i < CELLS; i++) sieve[i] = 0;                                                              \
            sieve[0] = sieve[1] = 1;                                                                                   \
            count = 0;                                                                                                 \
            for (int i = 2; i < CELLS; i++) {                                                                          \
                if (sieve[i]) continue;                                                                                \
                count++;                                                                                               \
                for (int multiple = 2 * i; multiple < CELLS; multiple += i) sieve[multiple] = 1;                       \
            }                                                                                                          \
        }                                                                                                              \
        return count;                                                                                                  \
    }                                                                                                                  \
    __attribute__((export_name("write_" #name))) int write_##name(cell *base) {                                        \
        cell *bytes = base + CELLS;                                                                                    \
        for (int pass = 0; pass < PASSES; pass++)                                                                      \
            for (int i = 0; i < CELLS; i++) bytes[i] = (cell)(i + pass);                                               \
        return 0;                                                                                                      \
    }                                                                                                                  \
    __attribute__((export_name("read_" #name))) int read_##name(cell *base) {                                          \
        cell *bytes = base + CELLS;                                                                                    \
        int sum = 0;                                                                                                   \
        for (int pass = 0; pass < PASSES; pass++)                                                                      \
            for (int i = 0; i < CELLS; i++) sum += bytes[i];                                                           \
        return sum;                                                                                                    \
    }

MISSION(u8, unsigned char)
MISSION(i32, int)

// A million reads, changes and writes at random places of so many words.
__attribute__((export_name("random"))) int random_places(unsigned *base, unsigned words) {
    for (unsigned i = 0; i < words; i++) base[i] = 0;
    unsigned state = 1;
    for (int time = 0; time < 1000000; time++) {
        state = state * 1664525u + 1013904223u;
        base[(unsigned)(((unsigned long long)(state >> 8) * words) >> 24)] += state;
    }
    unsigned sum = 0;
    for (unsigned i = 0; i < words; i++) sum = sum * 31 + base[i];
    return (int)sum;
}
