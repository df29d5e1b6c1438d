// Runs what Faust wrote (DSP) on the memory managers of Sostenuto and on Faust's own kind, and tells what happened.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "faust/dsp/dsp.h"
#include "faust/gui/UI.h"
#include "faust/gui/meta.h"
#include "sostenuto_dsp_memory.h"
#include DSP

static const int RATE = 48000, BLOCK = 64, BLOCKS = 300;

// What Faust's documentation gives as its example: zones from the heap, whatever they are for.
struct heap_of_cpp : public dsp_memory_manager {
    virtual void* allocate(size_t bytes) { return std::calloc(1, bytes); }
    virtual void destroy(void* zone) { std::free(zone); }
};

static std::vector<float> play(mydsp* dsp) {
    dsp->instanceInit(RATE);
    std::vector<std::vector<float>> in(dsp->getNumInputs()), out(dsp->getNumOutputs());
    std::vector<float*> ins, outs;
    for (auto& channel : in) channel.assign(BLOCK, 0), ins.push_back(channel.data());
    for (auto& channel : out) channel.assign(BLOCK, 0), outs.push_back(channel.data());
    std::vector<float> sound;
    unsigned noise = 1;
    for (int block = 0; block < BLOCKS; block++) {
        for (auto& channel : in)
            for (auto& sample : channel) sample = float(int(noise = noise * 1664525 + 1013904223)) * 1e-10f;
        dsp->compute(BLOCK, ins.data(), outs.data());
        for (auto& channel : out) sound.insert(sound.end(), channel.begin(), channel.end());
    }
    return sound;
}

static std::vector<float> whole_life(dsp_memory_manager& memory) {
    mydsp::fManager = &memory;
    mydsp::classInit(RATE);
    mydsp* dsp = mydsp::create();
    std::vector<float> sound = play(dsp);
    mydsp::destroy(dsp);
    mydsp::classDestroy();
    return sound;
}

static bool same(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

static void expect(bool holds, const char* what) {
    if (!holds) std::printf("FAILED: %s\n", what), std::exit(1);
}

int main() {
    heap_of_cpp of_cpp;
    const std::vector<float> sound = whole_life(of_cpp);

    sostenuto::dsp_memory<mydsp, 512> heap;
    mydsp::fManager = &heap;
    mydsp::memoryInfo();
    if (!heap.ok()) std::puts(heap.error().text);
    for (int life = 0; life < 2; life++) {
        expect(same(whole_life(heap), sound), "the heap sounds as Faust's own");
        expect(heap.ok(), heap.error().text);
    }

    // Errors: null and the reason, and the memory is whole again after them.
    expect(heap.allocate(1) == nullptr && !heap.ok(), "a wrong size is refused");
    std::printf("wrong size: %s\n", heap.error().text);
    mydsp::memoryInfo();
    expect(heap.ok(), "told anew");
    mydsp::classInit(RATE);
    mydsp* dsp = mydsp::create();
    expect(heap.allocate(sizeof(mydsp)) == nullptr, "a second instance is refused");
    std::printf("second instance: %s\n", heap.error().text);
    mydsp::destroy(dsp);
    mydsp::classDestroy();
    int mine = 0;
    mydsp::memoryInfo();
    heap.destroy(&mine);
    expect(!heap.ok(), "what was not given out is refused");

    // The least memory that it runs in, found by trying; what is smaller is refused, whole, before anything runs.
    size_t least = 0, most = size_t(1) << 26, tries = 0;
    std::unique_ptr<char[]> bytes(new char[most]);
    while (least < most) {
        const size_t room = (least + most) / 2;
        sostenuto::regions<1> regions;
        regions.set(0, "all", bytes.get(), room);
        sostenuto::places<0> places;
        sostenuto::dsp_memory<mydsp, 512> memory(regions, places);
        mydsp::fManager = &memory;
        mydsp::memoryInfo();
        if (memory.ok()) {
            most = room;
        } else {
            least = room + 1;
            expect(regions.used(0) == 0, "nothing is left behind");
            if (tries++ == 0) std::printf("no room: %s\n", memory.error().text);
        }
    }
    sostenuto::regions<1> regions;
    std::unique_ptr<char[]> just(new char[least]);
    std::memset(just.get(), 0xa5, least);
    regions.set(0, "all", just.get(), least);
    sostenuto::places<0> places;
    {
        sostenuto::dsp_memory<mydsp, 512> memory(regions, places);
        mydsp::fManager = &memory;
        mydsp::memoryInfo();
        expect(same(whole_life(memory), sound), "the region sounds as Faust's own");
        expect(memory.ok(), memory.error().text);
    }
    expect(regions.used(0) == 0, "the region is whole again");
    std::printf("least: %zu B\n", least);
}
