// 1 KB of byte loads in order, 1,000 times. Each load goes into a running hash, so that none can be left out.

enum { BYTES = 1024, TIMES = 1000 };

unsigned char buffer[BYTES];

__attribute__((export_name("run"))) int run(void) {
    for (int i = 0; i < BYTES; i++) buffer[i] = (unsigned char)(i * 7 + (i >> 4));
    unsigned checksum = 0;
    for (int time = 0; time < TIMES; time++)
        for (int i = 0; i < BYTES; i++) checksum = checksum * 31 + buffer[i];
    return (int)checksum;
}
