// Plays a program that the Faust compiler has written as C++ (the macro PROGRAM names the file), in doubles or floats.
//
//   driver RATE FRAMES INPUT OUTPUT < CHANGES
//
// INPUT holds the samples of all channels, frame by frame, as 32-bit floats; OUTPUT gets them as doubles. Each line of
// CHANGES is the number of a parameter, a value and the sample from which it holds, in order of samples.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

struct Soundfile;

struct Meta {
    void declare(const char*, const char*) {}
};

struct UI {
    std::vector<FAUSTFLOAT*> parameters;

    void openTabBox(const char*) {}
    void openHorizontalBox(const char*) {}
    void openVerticalBox(const char*) {}
    void closeBox() {}
    void declare(FAUSTFLOAT*, const char*, const char*) {}
    void addSoundfile(const char*, const char*, Soundfile**) {}
    void addHorizontalBargraph(const char*, FAUSTFLOAT*, FAUSTFLOAT, FAUSTFLOAT) {}
    void addVerticalBargraph(const char*, FAUSTFLOAT*, FAUSTFLOAT, FAUSTFLOAT) {}
    void addButton(const char*, FAUSTFLOAT* zone) { parameters.push_back(zone); }
    void addCheckButton(const char*, FAUSTFLOAT* zone) { parameters.push_back(zone); }
    void addVerticalSlider(const char*, FAUSTFLOAT* zone, FAUSTFLOAT, FAUSTFLOAT, FAUSTFLOAT, FAUSTFLOAT) { parameters.push_back(zone); }
    void addHorizontalSlider(const char*, FAUSTFLOAT* zone, FAUSTFLOAT, FAUSTFLOAT, FAUSTFLOAT, FAUSTFLOAT) { parameters.push_back(zone); }
    void addNumEntry(const char*, FAUSTFLOAT* zone, FAUSTFLOAT, FAUSTFLOAT, FAUSTFLOAT, FAUSTFLOAT) { parameters.push_back(zone); }
};

struct dsp {
    virtual ~dsp() {}
};

#include PROGRAM

struct Change {
    size_t parameter;
    double value;
    long sample;
};

int main(int count, char** arguments) {
    if (count != 5) return 2;
    const int rate = std::atoi(arguments[1]);
    const long frames = std::atol(arguments[2]);
    std::vector<Change> changes;
    for (Change change; std::scanf("%zu %lf %ld", &change.parameter, &change.value, &change.sample) == 3;) {
        changes.push_back(change);
    }

    mydsp* program = new mydsp();
    program->init(rate);
    UI ui;
    program->buildUserInterface(&ui);
    const long ins = program->getNumInputs(), outs = program->getNumOutputs();
    std::vector<float> input(frames * ins);
    FILE* file = std::fopen(arguments[3], "rb");
    if (!file || std::fread(input.data(), sizeof(float), input.size(), file) != input.size()) return 3;
    std::fclose(file);

    std::vector<double> output(frames * outs);
    std::vector<std::vector<FAUSTFLOAT>> in(ins), out(outs);
    std::vector<FAUSTFLOAT*> in_lists(ins), out_lists(outs);
    size_t next = 0;
    for (long done = 0; done < frames;) {
        for (; next < changes.size() && changes[next].sample <= done; next += 1) {
            *ui.parameters.at(changes[next].parameter) = changes[next].value;
        }
        long until = std::min(frames, done + 64);
        if (next < changes.size()) until = std::min(until, changes[next].sample);
        const long length = until - done;
        for (long channel = 0; channel < ins; channel += 1) {
            in[channel].resize(length);
            for (long i = 0; i < length; i += 1) in[channel][i] = input[(done + i) * ins + channel];
            in_lists[channel] = in[channel].data();
        }
        for (long channel = 0; channel < outs; channel += 1) {
            out[channel].resize(length);
            out_lists[channel] = out[channel].data();
        }
        program->compute(length, in_lists.data(), out_lists.data());
        for (long channel = 0; channel < outs; channel += 1) {
            for (long i = 0; i < length; i += 1) output[(done + i) * outs + channel] = out[channel][i];
        }
        done = until;
    }

    file = std::fopen(arguments[4], "wb");
    if (!file || std::fwrite(output.data(), sizeof(double), output.size(), file) != output.size()) return 4;
    return std::fclose(file) == 0 ? 0 : 4;
}
