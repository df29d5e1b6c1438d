// 1 KB of byte stores in order, 1,000 times.

enum { BYTES = 1024, TIMES = 1000 };

unsigned char buffer[BYTES];

__attribute__((export_name("run"))) int run(void) {
    for (int time = 0; time < TIMES; time++)
        for (int i = 0; i < BYTES; i++) buffer[i] = (unsigned char)(i * 7 + time);
    unsigned checksum = 0;
    for (int i = 0; i < BYTES; i++) checksum = checksum * 31 + buffer[i];
    return (int)checksum;
}
