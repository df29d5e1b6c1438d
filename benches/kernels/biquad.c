// Four second-order sections in transposed direct form II, one after the other over each block of 64 samples, for one
// second of noise at 48 kHz.

enum { SECTIONS = 4, BLOCK = 64, SAMPLES = 48000 };

struct section {
    float b0, b1, b2, a1, a2;
    float s1, s2;
};

// Low-pass at 12 kHz, high-pass at 40 Hz, a bell of +6 dB at 1 kHz and one of -9 dB at 3 kHz. Not const: the compiler
// has to load them, as a filter with knobs does.
struct section sections[SECTIONS] = {
    {0.29289322f, 0.58578644f, 0.29289322f, 0.0f, 0.17157288f, 0, 0},
    {0.99630444f, -1.99260889f, 0.99630444f, -1.99259523f, 0.99262254f, 0, 0},
    {1.04395309f, -1.89532072f, 0.86772228f, -1.89532072f, 0.91167537f, 0, 0},
    {0.84313786f, -1.39851935f, 0.67060858f, -1.39851935f, 0.51374644f, 0, 0},
};

float block[BLOCK];

static void filter(struct section *section) {
    float s1 = section->s1, s2 = section->s2;
    for (int i = 0; i < BLOCK; i++) {
        float x = block[i];
        float y = section->b0 * x + s1;
        s1 = section->b1 * x - section->a1 * y + s2;
        s2 = section->b2 * x - section->a2 * y;
        block[i] = y;
    }
    section->s1 = s1;
    section->s2 = s2;
}

__attribute__((export_name("run"))) int run(void) {
    unsigned noise = 1, checksum = 0;
    for (int start = 0; start < SAMPLES; start += BLOCK) {
        for (int i = 0; i < BLOCK; i++) {
            noise = noise * 1664525u + 1013904223u;
            block[i] = (float)((int)noise >> 8) * (1.0f / 8388608.0f);
        }
        for (int i = 0; i < SECTIONS; i++) filter(&sections[i]);
        checksum = checksum * 31 + (unsigned)(int)(block[BLOCK - 1] * 1048576.0f);
    }
    return (int)checksum;
}
