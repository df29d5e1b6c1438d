/*
 * A stereo reverb: sound goes round in eight combs, whose delays are no multiples of each other, and through two all-passes,
 * which smear what is left of single echoes. Left and right have delays of a little different length, which makes the room
 * wide. This is the plan of M. R. Schroeder and J. A. Moorer, as the freely used "Freeverb" sizes it.
 *
 * Knobs: 1 how much of the room is heard, 2 how long it sounds, 3 how dull its walls are; each from 0 to 255.
 *
 * `process` makes this patch an effect: the host calls it for each block of sound, whose sample frames lie where `audio_in`
 * and `audio_out` say.
 */
#include <conez_api.h>

#define MIX 1
#define LENGTH 2
#define DULLNESS 3

#define COMBS 8
#define PASSES 4

/* How many sample frames later the right side comes than the left one. */
#define SPREAD 23

/* The delays in sample frames at 44,100 Hz. */
const short comb_frames[COMBS] = {1116, 1188, 1277, 1356, 1422, 1491, 1557, 1617};
const short pass_frames[PASSES] = {556, 441, 341, 225};

/* A delay line that is written and read in a circle. */
typedef struct {
    float *line;
    int frames;
    int at;
    /* What the walls have left of the last sample. */
    float dull;
} Delay;

/* All delay lines, one after the other; about 108 KiB, most of what this patch needs. */
float left_lines[12587];
float right_lines[12587 + (COMBS + PASSES) * SPREAD];

typedef struct {
    Delay combs[COMBS];
    Delay passes[PASSES];
} Room;

Room left_room, right_room;

/* What the knobs come to; worked out once a block. */
float mix, feedback, damping;

/* Gives each delay of a room its part of the lines. */
void furnish(Room *room, float *lines, int spread) {
    for (int i = 0; i < COMBS; i++) {
        Delay *comb = &room->combs[i];
        comb->line = lines;
        comb->frames = comb_frames[i] + spread;
        lines += comb->frames;
    }
    for (int i = 0; i < PASSES; i++) {
        Delay *pass = &room->passes[i];
        pass->line = lines;
        pass->frames = pass_frames[i] + spread;
        lines += pass->frames;
    }
}

void setup(void) {
    furnish(&left_room, left_lines, 0);
    furnish(&right_room, right_lines, SPREAD);
}

/* A comb: what comes out after its time goes in again, duller and weaker. */
float comb(Delay *delay, float in) {
    float out = delay->line[delay->at];
    delay->dull = out * (1.0f - damping) + delay->dull * damping;
    delay->line[delay->at] = in + delay->dull * feedback;
    if (++delay->at == delay->frames) delay->at = 0;
    return out;
}

/* An all-pass: every frequency passes, but each at its own time. */
float all_pass(Delay *delay, float in) {
    float out = delay->line[delay->at];
    delay->line[delay->at] = in + out * 0.5f;
    if (++delay->at == delay->frames) delay->at = 0;
    return out - in;
}

/* One sample of a side of the room. */
float reverberate(Room *room, float in) {
    float sum = 0.0f;
    for (int i = 0; i < COMBS; i++) sum += comb(&room->combs[i], in);
    for (int i = 0; i < PASSES; i++) sum = all_pass(&room->passes[i], sum);
    return sum;
}

void process(int frames) {
    const float *left_in = audio_in(0), *right_in = audio_in(1);
    float *left_out = audio_out(0), *right_out = audio_out(1);
    mix = (float)get_param(MIX) / 255.0f;
    feedback = 0.7f + (float)get_param(LENGTH) * (0.28f / 255.0f);
    damping = (float)get_param(DULLNESS) * (0.4f / 255.0f);

    for (int i = 0; i < frames; i++) {
        float left = left_in[i];
        float right = right_in ? right_in[i] : left;
        /* Eight combs add up to more than what goes in. */
        float in = (left + right) * 0.015f;
        float wet_left = reverberate(&left_room, in);
        float wet_right = reverberate(&right_room, in);
        left_out[i] = left + (wet_left * 3.0f - left) * mix;
        if (right_out) right_out[i] = right + (wet_right * 3.0f - right) * mix;
    }
}
