/*
 * Three small programs that say how fast memory is: they read and write bytes of two arrays over and over, and do almost
 * nothing else. Where the arrays lie decides how long that takes: in the first pages of linear memory, which stay in fast
 * memory, an access costs next to nothing; further up each one goes through the page cache.
 *
 * Both arrays have one byte an element, so that they take 2 KiB and fit the fast pages together. On a machine that keeps
 * a byte in four, they take 8 KiB, the second one does not fit, and the sum at the end is another: 1546752000.
 */
#include <conez_api.h>

#define SIZE 1024
#define ROUNDS 100
#define PASSES 1000

/* The numbers that are known to be no primes. */
unsigned char sieve[SIZE];

/* What is written in one test and read in the next. */
unsigned char membuf[SIZE];

/* The sieve of Eratosthenes, from an empty one each time: the primes below SIZE. */
int count_primes(void) {
    int count = 0;
    for (int round = 0; round < ROUNDS; round++) {
        count = 0;
        for (int i = 0; i < SIZE; i++) sieve[i] = 0;
        sieve[0] = sieve[1] = 1;
        for (int i = 2; i < SIZE; i++) {
            if (sieve[i]) continue;
            count++;
            for (int j = 2 * i; j < SIZE; j += i) sieve[j] = 1;
        }
    }
    return count;
}

/* Fills the array PASSES times, each time with other values. */
void write_all(void) {
    for (int pass = 0; pass < PASSES; pass++) {
        for (int i = 0; i < SIZE; i++) membuf[i] = (unsigned char)(i + pass);
    }
}

/* Adds up the array PASSES times. */
int read_all(void) {
    int sum = 0;
    for (int pass = 0; pass < PASSES; pass++) {
        for (int i = 0; i < SIZE; i++) sum += membuf[i];
    }
    return sum;
}

void setup(void) {
    int start = millis();
    int primes = count_primes();
    printf("primes: %d in %d ms\n", primes, millis() - start);

    start = millis();
    write_all();
    printf("write: %d bytes in %d ms\n", SIZE * PASSES, millis() - start);

    start = millis();
    int sum = read_all();
    printf("read: %d in %d ms\n", sum, millis() - start);
}

/* The tests run once; after that the patch waits to be stopped. */
void loop(void) {
    should_stop();
}
