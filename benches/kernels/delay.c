// Ten seconds through a delay line of one second at 48 kHz: a tap that sweeps to and fro, linear interpolation between
// its two neighbours, feedback of one half.

enum { LINE = 48000, SAMPLES = 480000 };

float line[LINE];

// Not static: the compiler has to load it.
float feedback = 0.5f;

__attribute__((export_name("run"))) int run(void) {
    unsigned noise = 1, checksum = 0;
    int head = 0;
    float distance = 24000.0f, speed = 0.25f;
    for (int sample = 0; sample < SAMPLES; sample++) {
        distance += speed;
        if (distance > 46000.0f || distance < 480.0f) speed = -speed;

        int whole = (int)distance;
        float fraction = distance - (float)whole;
        int near = head - whole;
        if (near < 0) near += LINE;
        int far = near - 1;
        if (far < 0) far += LINE;
        float heard = line[near] + (line[far] - line[near]) * fraction;

        noise = noise * 1664525u + 1013904223u;
        float dry = (float)((int)noise >> 8) * (1.0f / 8388608.0f);
        line[head] = dry + heard * feedback;
        if (++head == LINE) head = 0;

        checksum = checksum * 31 + (unsigned)(int)(heard * 1048576.0f);
    }
    return (int)checksum;
}
