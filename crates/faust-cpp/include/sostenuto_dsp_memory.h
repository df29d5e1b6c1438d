/* The memory managers of Sostenuto for the C++ code that `faust -lang cpp -mem` writes.
 *
 * Include it after Faust's dsp.h and link the static library of the crate sostenuto-faust-cpp. It works with both forms of
 * dsp_memory_manager::info: of three arguments (Faust up to 2.83) and of six (since December 2025).
 *
 *     sostenuto::dsp_memory<mydsp> memory;                     // on the heap
 *     mydsp::fManager = &memory;
 *     mydsp::memoryInfo();                                     // reserves memory for all zones
 *     if (!memory.ok()) { std::puts(memory.error().text); ... }
 *     mydsp::classInit(48000);
 *     mydsp* dsp = mydsp::create();
 *     dsp->instanceInit(48000);
 *     ...
 *     mydsp::destroy(dsp);
 *     mydsp::classDestroy();
 *
 * In memories of the caller, each zone in that of its place in a plan:
 *
 *     static sostenuto::regions<2> regions;
 *     regions.set(0, "dtcm", dtcm, sizeof(dtcm));              // also for what the plan does not name
 *     regions.set(1, "sdram", sdram, sizeof(sdram));
 *     static sostenuto::places<1> places;
 *     places.set(0, "fVec0", "sdram");
 *     sostenuto::dsp_memory<mydsp> memory(regions, places);
 *
 * Where Faust tells no names, places[n] is that of the zone of number n.
 *
 * A memory is for the class and one instance at a time. What comes at the wrong time, or with another size than that of the
 * zone whose turn it is, gets null and an error, never the memory of another zone. (Code that Faust writes does not look for
 * null. Ask ok() after memoryInfo(), and in a debugging build after classInit() and create() too.)
 *
 * Regions, places and names must stay as long as the memory. Nothing here is for two threads at once.
 */
#ifndef SOSTENUTO_DSP_MEMORY_H
#define SOSTENUTO_DSP_MEMORY_H

#include <cstddef>
#include <cstdint>

extern "C" {
void sostenuto_region_set(void* regions, std::size_t index, const char* name, void* start, std::size_t bytes);
std::size_t sostenuto_region_used(void* regions, std::size_t index);
void sostenuto_place_set(void* places, std::size_t index, const char* zone, const char* region);
void sostenuto_dsp_memory_on_heap(void* memory, std::size_t instance_bytes, void* zones, std::size_t zone_count);
void sostenuto_dsp_memory_in_regions(void* memory, std::size_t instance_bytes, void* zones, std::size_t zone_count,
                                     void* regions, std::size_t region_count, void* places, std::size_t place_count);
void sostenuto_dsp_memory_close(void* memory);
void sostenuto_dsp_memory_begin(void* memory, std::size_t zones);
void sostenuto_dsp_memory_info(void* memory, std::size_t bytes, std::size_t reads, std::size_t writes);
void sostenuto_dsp_memory_info_named(void* memory, const char* name, unsigned type, std::size_t bytes, std::size_t reads,
                                     std::size_t writes);
void sostenuto_dsp_memory_end(void* memory);
void* sostenuto_dsp_memory_allocate(void* memory, std::size_t bytes);
void sostenuto_dsp_memory_destroy(void* memory, void* zone);
bool sostenuto_dsp_memory_error(const void* memory, char* text, std::size_t bytes);
}

namespace sostenuto {

/// Memories of the caller, with names.
template <std::size_t Count>
class regions {
  public:
    static constexpr std::size_t count = Count;

    regions() {
        for (std::size_t index = 0; index != Count; index++) set(index, "", nullptr, 0);
    }
    regions(const regions&) = delete;

    void set(std::size_t index, const char* name, void* start, std::size_t bytes) {
        if (index < Count) sostenuto_region_set(room, index, name, start, bytes);
    }
    /// How many bytes of a region are in use.
    std::size_t used(std::size_t index) { return index < Count ? sostenuto_region_used(room, index) : 0; }

    std::uint64_t room[Count > 0 ? 8 * Count : 1];
};

/// A plan: in which region each zone lies. What has no place goes to the first region.
template <std::size_t Count>
class places {
  public:
    static constexpr std::size_t count = Count;

    places() {
        for (std::size_t index = 0; index != Count; index++) set(index, "", "");
    }
    places(const places&) = delete;

    void set(std::size_t index, const char* zone, const char* region) {
        if (index < Count) sostenuto_place_set(room, index, zone, region);
    }

    std::uint64_t room[Count > 0 ? 4 * Count : 1];
};

/// Why something was refused.
struct refusal {
    char text[256];
};

namespace detail {

/// Faust's MemType, where dsp_memory_manager has it.
template <class Manager, class = void>
struct mem_type {
    using type = int;
};
template <class Manager>
struct mem_type<Manager, decltype(void(sizeof(typename Manager::MemType)))> {
    using type = typename Manager::MemType;
};

}  // namespace detail

/// A memory that was made elsewhere, in Rust: the address of a DspMemory.
class dsp_memory_at : public dsp_memory_manager {
  public:
    explicit dsp_memory_at(void* memory) : memory(memory) {}
    dsp_memory_at(const dsp_memory_at&) = delete;
    virtual ~dsp_memory_at() {}

    virtual void begin(std::size_t count) { sostenuto_dsp_memory_begin(memory, count); }
    virtual void info(std::size_t bytes, std::size_t reads, std::size_t writes) {
        sostenuto_dsp_memory_info(memory, bytes, reads, writes);
    }
    virtual void info(const char* name, typename detail::mem_type<dsp_memory_manager>::type type, std::size_t,
                      std::size_t bytes, std::size_t reads, std::size_t writes) {
        sostenuto_dsp_memory_info_named(memory, name, static_cast<unsigned>(type), bytes, reads, writes);
    }
    virtual void end() { sostenuto_dsp_memory_end(memory); }
    virtual void* allocate(std::size_t bytes) { return sostenuto_dsp_memory_allocate(memory, bytes); }
    virtual void destroy(void* zone) { sostenuto_dsp_memory_destroy(memory, zone); }

    /// Whether nothing was refused since the zones were told.
    bool ok() const { return !sostenuto_dsp_memory_error(memory, nullptr, 0); }
    /// What was refused first.
    refusal error() const {
        refusal refused;
        sostenuto_dsp_memory_error(memory, refused.text, sizeof(refused.text));
        return refused;
    }

  private:
    void* memory;
};

/// The memory of a class that Faust wrote and of one instance, of up to so many zones.
template <class Dsp, std::size_t Zones = 256>
class dsp_memory : public dsp_memory_at {
  public:
    dsp_memory() : dsp_memory_at(room) { sostenuto_dsp_memory_on_heap(room, sizeof(Dsp), zones, Zones); }

    template <std::size_t Regions, std::size_t Places>
    dsp_memory(regions<Regions>& regions, places<Places>& places) : dsp_memory_at(room) {
        sostenuto_dsp_memory_in_regions(room, sizeof(Dsp), zones, Zones, regions.room, Regions, places.room, Places);
    }
    virtual ~dsp_memory() { sostenuto_dsp_memory_close(room); }

  private:
    std::uint64_t room[40];
    std::uint64_t zones[Zones > 0 ? 16 * Zones : 1];
};

}  // namespace sostenuto

#endif
