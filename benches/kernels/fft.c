// A complex transform of 1,024 points, radix 2 in place, 1,000 times. It is scaled to be unitary, so that four in a
// row give the input again and nothing overflows.

enum { BITS = 10, POINTS = 1 << BITS, TIMES = 1000 };

struct complex {
    float re, im;
};

struct complex data[POINTS];
struct complex twiddles[POINTS / 2];

// e^(-i * 2 pi k / POINTS), by multiplying with the first one over and over in doubles: there is no sine here.
static void fill_twiddles(void) {
    const double cosine = 0.99998117528260111, sine = 0.0061358846491544753;
    double re = 1, im = 0;
    for (int k = 0; k < POINTS / 2; k++) {
        twiddles[k] = (struct complex){(float)re, (float)im};
        double next = re * cosine + im * sine;
        im = im * cosine - re * sine;
        re = next;
    }
}

static void reverse_bits(void) {
    for (int i = 0, j = 0; i < POINTS; i++) {
        if (i < j) {
            struct complex kept = data[i];
            data[i] = data[j];
            data[j] = kept;
        }
        int bit = POINTS >> 1;
        while (j & bit) {
            j ^= bit;
            bit >>= 1;
        }
        j |= bit;
    }
}

static void transform(void) {
    reverse_bits();
    for (int half = 1, stride = POINTS / 2; half < POINTS; half *= 2, stride /= 2) {
        for (int start = 0; start < POINTS; start += half * 2) {
            for (int k = 0; k < half; k++) {
                struct complex *low = &data[start + k], *high = low + half;
                struct complex turn = twiddles[k * stride];
                float re = high->re * turn.re - high->im * turn.im;
                float im = high->re * turn.im + high->im * turn.re;
                high->re = low->re - re;
                high->im = low->im - im;
                low->re += re;
                low->im += im;
            }
        }
    }
    for (int i = 0; i < POINTS; i++) {
        data[i].re *= 1.0f / 32.0f;
        data[i].im *= 1.0f / 32.0f;
    }
}

__attribute__((export_name("run"))) int run(void) {
    fill_twiddles();
    unsigned noise = 1, checksum = 0;
    for (int i = 0; i < POINTS; i++) {
        noise = noise * 1664525u + 1013904223u;
        data[i] = (struct complex){(float)((int)noise >> 8) * (1.0f / 8388608.0f), 0};
    }
    for (int time = 0; time < TIMES; time++) transform();
    for (int i = 0; i < POINTS; i++) {
        checksum = checksum * 31 + (unsigned)(int)(data[i].re * 1048576.0f);
        checksum = checksum * 31 + (unsigned)(int)(data[i].im * 1048576.0f);
    }
    return (int)checksum;
}
