//! Our own patches sound the same when their memory is in pages of a slow store.

use sostenuto_lang::{Language, Options, compile};
use sostenuto_machine::{Loaded, Performance, Settings, load, phrase, quantise};
use sostenuto_paged::{PageCache, SliceStore};
use sostenuto_vm::{LinearMemory, PagedMemory};
use std::path::Path;

/// Of the phrase, at its own rate.
const SECONDS: f64 = 0.3;

/// Our own patches by name, sorted, compiled.
fn patches() -> Vec<(String, Loaded)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../patches");
    let entries = std::fs::read_dir(folder).expect("listed").map(|entry| entry.expect("listed").path());
    let mut patches: Vec<(String, Loaded)> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "impala"))
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let source = std::fs::read_to_string(&path).expect("read");
            let compiled = compile(Language::Impala, &source, &name, &Options::default()).expect("a patch");
            (name, load(&compiled.patch).expect("a patch for this machine"))
        })
        .collect();
    patches.sort_by(|(one, _), (other, _)| one.cmp(other));
    patches
}

/// The words of both channels, and the LEDs once in a while.
#[derive(Debug, PartialEq)]
struct Sound {
    words: Vec<[i32; 2]>,
    leds: Vec<[u8; 4]>,
}

fn perform<M: LinearMemory>(mut performance: Performance<'_, M>) -> Sound {
    let mut ignore = |_: &str| {};
    performance.start(&mut ignore).expect("started");
    let mut sound = Sound { words: vec![], leds: vec![] };
    let input = phrase(1, SECONDS);
    for (index, frame) in input.iter().enumerate() {
        if index % 1000 == 0 {
            sound.leds.push(performance.leds());
        }
        let words = frame.map(|sample| quantise(sample, 1.0));
        sound.words.push(performance.sample(words, &mut ignore).expect("no fault"));
    }
    performance.check_guards().expect("no fault");
    sound
}

/// The knobs are turned on the way, so that `update` runs again.
fn settings() -> Settings {
    let turned =
        ["3=200@0.05s", "operand-1-high=0x40@0.1s", "4=90@0.15s", "switches=reverse@0.2s", "7=3@0.25s"];
    Settings {
        automation: turned.iter().map(|text| text.parse().expect("a change")).collect(),
        ..Settings::at_rate(48_000)
    }
}

/// Compares all patches, with the first `pinned` bytes as a fast window.
fn compare<const PAGE: usize, const FRAMES: usize, const LINES: usize>(pinned: u32) {
    let patches = patches();
    assert!(patches.len() >= 8);
    let mut audible = 0;
    for (name, loaded) in &patches {
        let settings = settings();
        let flat = perform(Performance::new(loaded, &settings).expect("room"));
        let bytes = loaded.module().memory_bytes() as u32;
        let cache = PageCache::new(SliceStore::new(vec![0; bytes as usize]), bytes, bytes);
        let mut memory =
            PagedMemory::<_, PAGE, FRAMES, LINES>::new(cache.expect("a store that is large enough"));
        memory.cache_mut().pin(0, pinned.min(bytes)).expect("room for the window");
        let paged = perform(Performance::in_memory(loaded, &settings, memory).expect("room"));
        assert!(paged == flat, "{name} sounds another way");
        audible += usize::from(flat.words.iter().flatten().any(|&word| word != 0));
    }
    assert_eq!(audible, patches.len());
}

#[test]
fn our_patches_sound_the_same_in_tiny_pages_with_one_frame() {
    compare::<64, 1, 2>(0);
}

#[test]
fn our_patches_sound_the_same_in_a_few_pages() {
    compare::<512, 4, 16>(0);
}

#[test]
fn our_patches_sound_the_same_with_a_window_onto_the_first_pages() {
    compare::<512, 16, 4>(4096);
}
