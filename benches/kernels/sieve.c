// The primes below 1,024 by the sieve of Eratosthenes, 100 times: byte stores with a stride, short loops.

enum { NUMBERS = 1024, TIMES = 100 };

unsigned char composite[NUMBERS];

__attribute__((export_name("run"))) int run(void) {
    int primes = 0;
    for (int time = 0; time < TIMES; time++) {
        for (int i = 0; i < NUMBERS; i++) composite[i] = 0;
        for (int i = 2; i * i < NUMBERS; i++) {
            if (composite[i]) continue;
            for (int multiple = i * i; multiple < NUMBERS; multiple += i) composite[multiple] = 1;
        }
        for (int i = 2; i < NUMBERS; i++) primes += !composite[i];
    }
    return primes;
}
