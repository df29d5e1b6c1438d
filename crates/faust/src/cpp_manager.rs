//! A plan as a memory manager in C++, for code by `faust -lang cpp -mem`.

use std::fmt::Write as _;

use sostenuto_board::emit::{self, EmitError, Language};
use sostenuto_board::{Board, Plan};

use crate::zones::{Zone, Zones};

impl Zones {
    /// A header with an array for each zone, in the section where [`emit::linker_fragment`] expects it, and a manager that gives
    /// Faust's code these arrays, in the order in which it asks.
    ///
    /// It needs no library. The plan is one of [`Zones::storages`].
    ///
    /// # Errors
    /// As [`emit::attributes`].
    pub fn manager(&self, plan: &Plan, board: &Board) -> Result<String, EmitError> {
        let arrays = emit::attributes(plan, board, Language::C)?;
        let (mut zones, mut sizes) = (String::new(), String::new());
        for zone in &self.zones {
            let Zone { name, bytes: told, .. } = zone;
            let (kept, is_object) = (self.reserved(zone), zone.is_object());
            let _ = writeln!(zones, "    {{\"{name}\", {name}, {told}, {kept}, {is_object}, false}},");
            if is_object {
                let larger = format!("{name} is larger than planned");
                let _ = writeln!(sizes, "static_assert(sizeof(class {name}) <= {kept}, \"{larger}\");");
            }
        }
        let instance = self.zones.iter().position(Zone::is_instance).unwrap_or(self.zones.len());
        let arrays_end = self.zones.iter().rposition(|zone| !zone.is_object()).map_or(0, |last| last + 1);
        let generators = arrays_end.max(instance + 1).min(self.zones.len());
        let info = match self.is_named {
            true => "const char*, MemType, std::size_t, std::size_t bytes, std::size_t, std::size_t",
            false => "std::size_t bytes, std::size_t, std::size_t",
        };
        // What others have named comes last, so that nothing in it is replaced.
        Ok(TEMPLATE
            .replace("@INFO@", info)
            .replace("@COUNT@", &self.zones.len().to_string())
            .replace("@INSTANCE@", &instance.to_string())
            .replace("@GENERATORS@", &generators.to_string())
            .replace("@ZONES@", zones.trim_end())
            .replace("@SIZES@", sizes.trim_end())
            .replace("@ARRAYS@", arrays.trim_end())
            .replace("@NAMESPACE@", &namespace(&self.source))
            .replace("@OPTIONS@", &comment(&self.options))
            .replace("@BOARD@", &comment(&board.name))
            .replace("@SOURCE@", &comment(&self.source)))
    }
}

/// A name for what belongs to this program: `sostenuto_echo` for `echo.dsp`.
fn namespace(source: &str) -> String {
    let stem = source.rsplit_once('.').map_or(source, |(stem, _)| stem);
    let words = stem.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    // Two underscores in a row are the compiler's own.
    ["sostenuto"].into_iter().chain(words).collect::<Vec<_>>().join("_")
}

/// What may stand in a comment of C.
fn comment(text: &str) -> String {
    text.replace("*/", "* /").replace(char::is_control, " ")
}

const TEMPLATE: &str = r#"/* The memory of `@SOURCE@` on @BOARD@, by a plan of Sostenuto.
 *
 * Include it in one file, after the C++ that Faust wrote with the options
 *     @OPTIONS@
 * and link with the fragment that `sostenuto plan --linker` writes. Then:
 *
 *     static @NAMESPACE@::memory memory;
 *     mydsp::fManager = &memory;
 *     mydsp::memoryInfo();
 *     if (!memory.ok()) { ... memory.refused_zone(), memory.asked() ... }
 *     mydsp::classInit(48000);
 *     mydsp* dsp = mydsp::create();
 *     dsp->instanceInit(48000);
 *
 * C++ of another program, or made with other options, is refused by memoryInfo(): go on only if ok(). It is for the class and one
 * instance at a time: a request out of order, or of another size than that of the zone whose turn it is, gets null, never the
 * memory of another zone, and Faust's code does not look for null. Nothing here was verified on hardware.
 *
 * Several programs in one firmware: plan each on a board file that has its share of the regions. Give each a C++ file of its own that
 * includes <cstddef>, <cstring> and what Faust's C++ includes, and then, within a namespace, Faust's C++ and this header: to Faust
 * all programs are mydsp.
 */
#pragma once
#include <cstddef>
#include <cstring>

namespace @NAMESPACE@ {

@SIZES@

@ARRAYS@

/// A zone that the program asks for.
struct zone {
    const char* name;
    unsigned char* memory;
    /// What Faust tells of it.
    std::size_t told;
    /// What is kept for it.
    std::size_t bytes;
    /// An object of C++, of which Faust tells about the size only.
    bool is_object;
    bool in_use;
};

/// In the order of the requests.
static zone zones[] = {
@ZONES@
};

class memory : public dsp_memory_manager {
  public:
    virtual void begin(std::size_t count) {
        told = 0;
        if (count != @COUNT@) refuse("the number of zones", count);
    }
    virtual void info(@INFO@) {
        if (told < @COUNT@ && bytes != zones[told].told) refuse(zones[told].name, bytes);
        told++;
    }
    virtual void end() {
        if (told != @COUNT@) refuse("the number of zones", told);
    }

    virtual void* allocate(std::size_t bytes) {
        for (span& span : spans) {
            if (span.next == span.end) continue;
            zone& zone = zones[span.next];
            if (zone.is_object ? bytes > zone.bytes : bytes != zone.bytes) return refuse(zone.name, bytes);
            span.next++;
            zone.in_use = true;
            return std::memset(zone.memory, 0, zone.bytes);
        }
        return refuse("no zone: all are in use", bytes);
    }

    virtual void destroy(void* memory) {
        for (span& span : spans) {
            bool in_use = false;
            for (std::size_t at = span.start; at < span.end; at++) {
                if (zones[at].memory == memory) zones[at].in_use = false;
                in_use |= zones[at].in_use;
            }
            if (span.next == span.end && !in_use) span.next = span.start;
        }
    }

    /// Whether nothing was refused.
    bool ok() const { return refused == nullptr; }
    /// The zone whose turn it was when something was first refused; null if nothing was.
    const char* refused_zone() const { return refused; }
    /// What was asked for then: bytes, or zones.
    std::size_t asked() const { return asked_for; }

  private:
    /// Zones that are given out together: of the class, of an instance, and of what fills the tables that it writes. A span's turn
    /// comes when those before it are given out, and again when all of it was given back.
    struct span {
        std::size_t start, end, next;
    };
    span spans[3] = {{0, @INSTANCE@, 0}, {@INSTANCE@, @GENERATORS@, @INSTANCE@}, {@GENERATORS@, @COUNT@, @GENERATORS@}};
    std::size_t told = 0;
    const char* refused = nullptr;
    std::size_t asked_for = 0;

    void* refuse(const char* zone, std::size_t asked) {
        if (!refused) {
            refused = zone;
            asked_for = asked;
        }
        return nullptr;
    }
};

}  // namespace @NAMESPACE@
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_a_name_of_cpp_whatever_the_file_is_called() {
        assert_eq!(namespace("echo.dsp"), "sostenuto_echo");
        assert_eq!(namespace("my  2nd-echo__.v2.dsp"), "sostenuto_my_2nd_echo_v2");
        assert_eq!(namespace("new.dsp"), "sostenuto_new");
        assert_eq!(namespace("é.dsp"), "sostenuto");
    }
}
